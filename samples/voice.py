"""A synthetic voice: pulses and noise from a glottis, shaped by the resonances of a mouth.

The method is that of the formant synthesisers (Klatt, 1980): a source (glottal pulses after Klatt
and Klatt, 1990, with jitter and shimmer, and breath) goes through the resonances of the tract in a
row, which gives vowels their levels by themselves; noise made in the mouth has bands of its own
beside it. Targets and times are in `phonemes.py`; between two targets the tract moves smoothly.
"""

import math
import random

from phonemes import HISSES, NASAL_POLE_HZ, PHONES, PHRASE
from sound import RATE, add, highpassed

# The tract moves in steps of one millisecond: far below what is heard as steps.
FRAME = RATE // 1_000
# The share of a period in which the glottis is open, and where its pulses lose their edge.
OPEN = 0.6
EDGE_HZ = 8_000.0
# Resonances that do not depend on what is said: centre and width, about one for each kilohertz.
UPPER = ((3_450, 200), (4_400, 260), (5_400, 340), (6_450, 420), (7_500, 520), (8_600, 640),
         (9_700, 780), (10_800, 900), (12_000, 1_000))
# Of the noise from the mouth against what comes through the tract.
HISS_GAIN = 1.0


def smooth(share):
    """From 0 to 1 without a corner."""
    return 0.5 - 0.5 * math.cos(math.pi * min(max(share, 0.0), 1.0))


def track(value_of, width_of):
    """A value for each millisecond of the phrase: that of its phone, with a smooth passage of
    `width_of(next phone)` milliseconds round each border, as far as the phones are long enough."""
    values = []
    for name, length_ms, _ in PHRASE:
        values += [value_of(PHONES[name])] * length_ms
    border = 0
    out = list(values)
    for (left, left_ms, _), (right, right_ms, _) in zip(PHRASE, PHRASE[1:]):
        border += left_ms
        before, after = value_of(PHONES[left]), value_of(PHONES[right])
        width = min(width_of(PHONES[right]), left_ms, right_ms)
        begin = border - int(width / 2)
        for n in range(begin, border + int(width / 2)):
            out[n] = before + (after - before) * smooth((n + 0.5 - begin) / width)
    return out


def movement(value_of):
    """How a part of the tract moves."""
    return track(value_of, lambda phone: phone.glide_ms)


def level(value_of):
    """How the level of a source changes."""
    return track(value_of, lambda phone: phone.edge_ms)


def pitch():
    """The pitch of each millisecond: smooth from one mark of the phrase to the next, with the slow
    unrest that every voice has."""
    marks = []
    time = 0
    for _, length_ms, hz in PHRASE:
        if hz is not None:
            marks.append((time + length_ms / 2, hz))
        time += length_ms
    marks = [(0, marks[0][1]), *marks, (time, marks[-1][1])]
    out = []
    for (begin, low), (end, high) in zip(marks, marks[1:]):
        for n in range(len(out), math.ceil(end)):
            unrest = sum(math.sin(2 * math.pi * hz * n / 1_000) for hz in (12.7, 7.1, 4.7))
            steady = low + (high - low) * smooth((n - begin) / (end - begin))
            out.append(steady * (1 + 0.004 * unrest))
    return out


def glottis(dice):
    """The pulses, as the pressure that they make outside (the slope of the flow), and how far the
    glottis is open. The slope is a difference of the flow, so that the sudden end of a pulse may
    fall between two samples."""
    pulses, openings = [], []
    phase = flow_before = edge = 0.0
    jitter = shimmer = 1.0
    keep = math.exp(-2 * math.pi * EDGE_HZ / RATE)
    for hz, voice in zip(pitch(), level(lambda phone: phone.voice)):
        for _ in range(FRAME):
            phase += hz * jitter / RATE
            if phase >= 1.0:
                phase -= 1.0
                jitter = 1 + 0.006 * dice.gauss(0, 1)
                shimmer = 1 + 0.04 * dice.gauss(0, 1)
            part = phase / OPEN
            flow = part * part * (1 - part) * shimmer if part < 1 else 0.0
            # Scaled so that the steepest slope of a pulse at 110 Hz is 1.
            slope = (flow - flow_before) * OPEN * RATE / 110
            flow_before = flow
            edge += (1 - keep) * (voice * slope - edge)
            pulses.append(edge)
            openings.append(1.0 if part < 1 else 0.3)
    return pulses, openings


def coefficients(hz, width_hz):
    """Of a resonator whose gain is 1 at 0 Hz: y = a x + b y' + c y''."""
    radius = math.exp(-math.pi * width_hz / RATE)
    b = 2 * radius * math.cos(2 * math.pi * hz / RATE)
    c = -radius * radius
    return 1 - b - c, b, c


def resonance(sound, hz, width_hz):
    """A pole of the tract; a centre and a width for each millisecond."""
    out = []
    y1 = y2 = 0.0
    for frame, (centre, width) in enumerate(zip(hz, width_hz)):
        a, b, c = coefficients(centre, width)
        for x in sound[frame * FRAME:(frame + 1) * FRAME]:
            y1, y2 = a * x + b * y1 + c * y2, y1
            out.append(y1)
    return out


def antiresonance(sound, hz, width_hz):
    """A zero of the tract: what undoes `resonance`."""
    out = []
    x1 = x2 = 0.0
    for frame, centre in enumerate(hz):
        a, b, c = coefficients(centre, width_hz)
        for x in sound[frame * FRAME:(frame + 1) * FRAME]:
            out.append((x - b * x1 - c * x2) / a)
            x1, x2 = x, x1
    return out


def tract(sound):
    """All resonances in a row: the nose, the three that speech is made of, and those above."""
    frames = len(sound) // FRAME
    sound = resonance(sound, [NASAL_POLE_HZ] * frames, [100.0] * frames)
    sound = antiresonance(sound, movement(lambda phone: phone.nose), 100.0)
    for n in range(3):
        centres = movement(lambda phone, n=n: phone.formants[n])
        widths = movement(lambda phone, n=n: phone.bandwidths[n])
        sound = resonance(sound, centres, widths)
    for hz, width in UPPER:
        sound = resonance(sound, [hz] * frames, [width] * frames)
    return sound


def band_pass(sound, hz, width_hz):
    """A band with gain 1 at its centre, by the bilinear transform."""
    turn = 2 * math.pi * hz / RATE
    half = math.sin(turn) * width_hz / (2 * hz)
    b, c = 2 * math.cos(turn) / (1 + half), -(1 - half) / (1 + half)
    gain = half / (1 + half)
    out = []
    x1 = x2 = y1 = y2 = 0.0
    for x in sound:
        y1, y2 = gain * (x - x2) + b * y1 + c * y2, y1
        x1, x2 = x, x1
        out.append(y1)
    return out


def hiss(dice, phone, length, openings):
    """Noise that is made in the mouth. A burst (up to 20 ms) begins at once; with voice, the noise
    comes in puffs, as the air does."""
    kind, gain = phone.hiss
    length_ms = length / FRAME
    rise = 1.0 if length_ms <= 20 else 25.0
    fall = min(25.0, length_ms)
    noise = []
    for n in range(length):
        ms = n / FRAME
        shape = smooth(ms / rise) * smooth((length_ms - ms) / fall)
        puff = openings[n] if phone.voice > 0 else 1.0
        noise.append(gain * shape * puff * dice.uniform(-1, 1))
    bands = [(share, band_pass(noise, hz, width)) for hz, width, share in HISSES[kind]]
    return [sum(share * band[n] for share, band in bands) for n in range(length)]


def voice():
    """The phrase, once round the ring."""
    dice = random.Random(2)
    pulses, openings = glottis(dice)
    breaths = level(lambda phone: phone.breath)
    source = [
        pulse + breaths[n // FRAME] * openings[n] * dice.uniform(-1, 1)
        for n, pulse in enumerate(pulses)
    ]
    ring = tract(source)
    start = 0
    for name, length_ms, _ in PHRASE:
        length = length_ms * FRAME
        phone = PHONES[name]
        if phone.hiss:
            add(ring, start, hiss(dice, phone, length, openings[start:start + length]), HISS_GAIN)
        start += length
    return highpassed(ring)
