"""What all samples are made with: rings, filters, and the file in the end.

A sample is written into a ring: what rings past the end goes on at the beginning, so the loop has
no seam. Python's standard library is enough.
"""

import array
import math
import sys
import wave

RATE = 48_000
PEAK = 10 ** (-9 / 20)
LOWEST_HZ = 80.0


def add(ring, start, sound, gain):
    """Adds a sound to the ring from frame `start` on, round the end."""
    length = len(ring)
    for n, value in enumerate(sound):
        ring[(start + n) % length] += gain * value


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


def highpassed(ring):
    """Takes out what is below the lowest note. The ring is run through twice: in the second round
    the filter already knows what comes round from the end."""
    keep = math.exp(-2 * math.pi * LOWEST_HZ / RATE)
    length = len(ring)
    out = list(ring)
    previous_in = previous_out = 0.0
    for n in range(2 * length):
        x = ring[n % length]
        previous_out = keep * (previous_out + x - previous_in)
        previous_in = x
        out[n % length] = previous_out
    return out


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
