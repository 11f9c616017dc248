"""The built-in sample: footsteps, a shaker, a wooden block and a kalimba.

Made to be easy to localise: each beat has sharp onsets (delays between the ears), energy up to
12 kHz (levels between the ears) and a low body (what remains of both when the source is behind the
head).
"""

import math
import random

from sound import RATE, add, band, highpassed

BEATS_PER_MINUTE = 120
BEATS = 8
BEAT = RATE * 60 // BEATS_PER_MINUTE
LENGTH = BEATS * BEAT


def decay(n, seconds):
    """Exponential decay to 1/1000 in the given time."""
    return 10 ** (-3 * n / (seconds * RATE))


def shaker(dice, seconds):
    """Grains in a shell: bright noise that swells for a moment and falls off."""
    length = int(seconds * RATE)
    attack = 0.004 * RATE
    grains = [dice.uniform(-1, 1) for _ in range(length)]
    shaped = [x * min(n / attack, 1) * decay(n, seconds) for n, x in enumerate(grains)]
    return [2 * x for x in band(shaped, 2_000, 7_000)]


def wood(dice, pitch_hz):
    """A wooden block: three partials of a bar, and the click of the stick."""
    length = int(0.25 * RATE)
    partials = [(1.0, 1.0, 0.16), (2.76, 0.6, 0.09), (5.40, 0.35, 0.05)]
    rise = 0.0006 * RATE
    sound = [
        min(n / rise, 1.0)
        * sum(
            level * decay(n, seconds) * math.sin(2 * math.pi * pitch_hz * ratio * n / RATE)
            for ratio, level, seconds in partials
        )
        for n in range(length)
    ]
    click = [dice.uniform(-1, 1) * decay(n, 0.012) for n in range(int(0.012 * RATE))]
    for n, x in enumerate(band(click, 1_500, 12_000)):
        sound[n] += 0.9 * x
    return sound


def step(dice):
    """A footstep: a heel's thud that falls in pitch, then the sole on gravel."""
    length = int(0.3 * RATE)
    phase = 0.0
    sound = []
    for n in range(length):
        phase += 2 * math.pi * (110 + 90 * decay(n, 0.06)) / RATE
        sound.append(0.6 * math.sin(phase) * decay(n, 0.22))
    gravel = [
        dice.uniform(-1, 1) * decay(n, 0.1) * (1 if dice.random() < 0.25 else 0.2)
        for n in range(int(0.12 * RATE))
    ]
    start = int(0.012 * RATE)
    for n, x in enumerate(band(gravel, 500, 5_000)):
        sound[start + n] += 2.2 * x
    return sound


def kalimba(pitch_hz):
    """A plucked tongue of metal: a soft tone with two inharmonic partials that die early."""
    length = int(1.4 * RATE)
    partials = [(1.0, 1.0, 1.3), (2.0, 0.15, 0.6), (5.95, 0.22, 0.18), (9.2, 0.08, 0.09)]
    rise = 0.002 * RATE
    return [
        min(n / rise, 1.0)
        * sum(
            level * decay(n, seconds) * math.sin(2 * math.pi * pitch_hz * ratio * n / RATE)
            for ratio, level, seconds in partials
        )
        for n in range(length)
    ]


def steps():
    """Two bars: steps on every beat, a shaker between them, wood off the beat, a quiet tune."""
    dice = random.Random(1)
    ring = [0.0] * LENGTH
    half, quarter = BEAT // 2, BEAT // 4
    for beat in range(BEATS):
        start = beat * BEAT
        add(ring, start, step(dice), 1.0 if beat % 2 == 0 else 0.85)
        for part, gain in ((0, 1.0), (quarter, 0.6), (half, 1.5), (half + quarter, 0.7)):
            add(ring, start + part, shaker(dice, 0.09), gain)
    for place, pitch_hz, gain in ((1.5, 880, 0.5), (3, 660, 0.5), (3.5, 880, 0.4),
                                  (5.5, 880, 0.5), (6.75, 660, 0.35), (7.25, 990, 0.5)):
        add(ring, int(place * BEAT), wood(dice, pitch_hz), gain)
    # A minor pentatonic: A4 C5 D5 E5 G5.
    for place, pitch_hz, gain in ((0, 440.0, 0.4), (1, 659.3, 0.35), (2, 784.0, 0.35),
                                  (2.5, 659.3, 0.3), (4, 587.3, 0.4), (5, 523.3, 0.35),
                                  (6, 659.3, 0.35), (7, 587.3, 0.3)):
        add(ring, int(place * BEAT), kalimba(pitch_hz), gain)
    return highpassed(ring)
