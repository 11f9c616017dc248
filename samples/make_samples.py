#!/usr/bin/env python3
"""Makes the built-in sample from nothing but arithmetic: the same bytes on every run.

Everything is written into a ring: what rings past the end goes on at the beginning, so the loop
has no seam. Python's standard library is enough. The file is small and mono, and made to be easy
to localise: each beat has sharp onsets (delays between the ears), energy up to 12 kHz (levels
between the ears) and a low body (what remains of both when the source is behind the head).
"""

import array
import math
import pathlib
import random
import sys
import wave

RATE = 48_000
BEATS_PER_MINUTE = 120
BEATS = 8
BEAT = RATE * 60 // BEATS_PER_MINUTE
LENGTH = BEATS * BEAT
PEAK = 10 ** (-9 / 20)
LOWEST_HZ = 80.0


def add(ring, start, sound, gain):
    """Adds a sound to the ring from frame `start` on, round the end."""
    for n, value in enumerate(sound):
        ring[(start + n) % LENGTH] += gain * value


def decay(n, seconds):
    """Exponential decay to 1/1000 in the given time."""
    return 10 ** (-3 * n / (seconds * RATE))


def band(noise, low_hz, high_hz):
    """Keeps what lies between two frequencies: first order filters by the bilinear transform, so
    that nothing is left at the very top, twice at each end."""
    low, high = (math.tan(math.pi * hz / RATE) for hz in (low_hz, high_hz))
    for _ in range(2):
        before = middle_before = middle = y = 0.0
        kept = []
        for x in noise:
            middle = (high * (x + before) + (1 - high) * middle) / (1 + high)
            y = (middle - middle_before + (1 - low) * y) / (1 + low)
            before, middle_before = x, middle
            kept.append(y)
        noise = kept
    return noise


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


def highpassed(ring):
    """Takes out what is below the lowest note. The ring is run through twice: in the second round
    the filter already knows what comes round from the end."""
    keep = math.exp(-2 * math.pi * LOWEST_HZ / RATE)
    out = list(ring)
    previous_in = previous_out = 0.0
    for n in range(2 * LENGTH):
        x = ring[n % LENGTH]
        previous_out = keep * (previous_out + x - previous_in)
        previous_in = x
        out[n % LENGTH] = previous_out
    return out


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


def write(path, ring):
    """Writes the ring as 16 bit mono, its peak 9 dB below full scale."""
    scale = PEAK * 32_767 / max(abs(x) for x in ring)
    samples = array.array("h", (round(scale * x) for x in ring))
    if sys.byteorder == "big":
        samples.byteswap()
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())


if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent)
    write(folder / "steps.wav", steps())
