"""The sounds of English that the voice says, as targets of a source and filter synthesiser.

Formants are those of a man who speaks clearly, near the averages that Klatt (1980, "Software for a
cascade/parallel formant synthesizer", table II) gives for one. Names are those of ARPAbet.
"""

import dataclasses

# Where a closed nose lets its pole and its zero cancel each other.
NASAL_POLE_HZ = 270.0


@dataclasses.dataclass(frozen=True)
class Phone:
    """What the mouth and the throat aim at.

    `formants` and `bandwidths` are the three lowest resonances in Hz. `voice` and `breath` are the
    levels of the pulses and of the noise from the glottis; `nose` is the zero that an open nose
    brings, in Hz. `hiss` names a row of `HISSES` and its level: noise made in the mouth. `glide_ms`
    is the time that the tract takes to come here, `edge_ms` that which voice and breath take.
    """

    formants: tuple
    bandwidths: tuple = (70.0, 90.0, 140.0)
    voice: float = 1.0
    breath: float = 0.06
    nose: float = NASAL_POLE_HZ
    hiss: tuple | None = None
    glide_ms: float = 60.0
    edge_ms: float = 14.0


def closed(formants, voice=0.0):
    """A stop while the mouth is shut; some voice may go on behind it."""
    return Phone(formants, (200.0, 160.0, 200.0), voice, 0.0, glide_ms=50.0)


def burst(formants, hiss, breath):
    """The moment when a stop opens."""
    return Phone(formants, (150.0, 120.0, 180.0), 0.0, breath, hiss=hiss, glide_ms=30.0)


def noisy(formants, hiss, voice=0.0, breath=0.03):
    """A fricative, with or without voice."""
    return Phone(formants, (140.0, 120.0, 180.0), voice, breath, hiss=hiss, glide_ms=55.0)


def nasal(second_hz, third_hz):
    """The mouth is shut and the nose open: its pole stands alone, since its zero has moved to the
    first formant."""
    formants, bandwidths = (480.0, second_hz, third_hz), (60.0, 200.0, 250.0)
    return Phone(formants, bandwidths, 0.6, 0.02, nose=450.0, glide_ms=40.0)


# Noise made in the mouth, as bands in parallel: centre and width in Hz, gain.
HISSES = {
    "s": ((4_700, 900, 0.6), (6_300, 1_600, 1.0), (9_000, 3_000, 0.8)),
    "th": ((1_600, 1_200, 0.15), (5_500, 4_000, 0.5), (9_000, 5_000, 0.6)),
    "f": ((1_200, 900, 0.2), (4_000, 4_000, 0.4), (8_500, 6_000, 0.7)),
    "t": ((3_900, 1_300, 1.0), (5_800, 2_400, 0.9), (8_500, 4_000, 0.6)),
    "p": ((900, 800, 1.0), (2_300, 1_800, 0.5), (5_000, 5_000, 0.3)),
}

PHONES = {
    # Nothing is said; a voice dies away into it.
    "pause": Phone((500.0, 1500.0, 2500.0), voice=0.0, breath=0.0, edge_ms=60.0),
    # Vowels.
    "ih": Phone((400.0, 1850.0, 2570.0)),
    "eh": Phone((540.0, 1700.0, 2500.0)),
    "ax": Phone((500.0, 1400.0, 2450.0), voice=0.85),
    "uw": Phone((320.0, 1050.0, 2250.0), glide_ms=120.0),
    "uw-end": Phone((320.0, 1050.0, 2250.0), voice=0.0, breath=0.02, edge_ms=160.0),
    # Diphthongs: where they begin, and where they go.
    "ay": Phone((680.0, 1200.0, 2550.0)),
    "ay-end": Phone((400.0, 1900.0, 2550.0), voice=0.9, glide_ms=160.0),
    "oy": Phone((550.0, 950.0, 2400.0)),
    "oy-end": Phone((380.0, 1850.0, 2500.0), voice=0.9, glide_ms=170.0),
    "aw": Phone((680.0, 1250.0, 2550.0)),
    "aw-end": Phone((430.0, 950.0, 2350.0), voice=0.9, glide_ms=150.0),
    # Between vowel and consonant.
    "l": Phone((330.0, 1050.0, 2800.0), (60.0, 110.0, 250.0), 0.7, glide_ms=70.0),
    "r": Phone((330.0, 1100.0, 1450.0), (70.0, 100.0, 120.0), 0.75, glide_ms=90.0),
    "y": Phone((270.0, 2100.0, 3000.0), (50.0, 130.0, 250.0), 0.75, glide_ms=80.0),
    # Consonants.
    "m": nasal(1_100.0, 2_130.0),
    "n": nasal(1_500.0, 2_500.0),
    "s": noisy((320.0, 1450.0, 2550.0), ("s", 1.0)),
    "z": noisy((250.0, 1450.0, 2550.0), ("s", 0.5), voice=0.45),
    "v": noisy((230.0, 1100.0, 2100.0), ("f", 0.14), voice=0.55),
    "dh": noisy((270.0, 1300.0, 2550.0), ("th", 0.14), voice=0.6),
    "t": closed((350.0, 1700.0, 2650.0)),
    "t-burst": burst((380.0, 1700.0, 2650.0), ("t", 1.1), 0.06),
    "t-breath": Phone((450.0, 1700.0, 2550.0), (180.0, 110.0, 160.0), 0.0, 0.14),
    "d": closed((220.0, 1700.0, 2650.0), voice=0.2),
    "d-burst": burst((300.0, 1750.0, 2650.0), ("t", 0.7), 0.03),
    "p": closed((350.0, 1100.0, 2150.0)),
    "p-burst": burst((380.0, 1100.0, 2150.0), ("p", 0.8), 0.06),
}

# "Listen! This is my voice. It steps around you." What is said, for how many milliseconds, and for
# some the pitch in its middle, in Hz.
PHRASE = (
    ("pause", 60, None),
    ("l", 85, 112),
    ("ih", 105, 138),
    ("s", 115, None),
    ("ax", 70, 112),
    ("n", 140, 96),
    ("pause", 260, None),
    ("dh", 60, 108),
    ("ih", 85, 122),
    ("s", 100, None),
    ("ih", 85, 116),
    ("z", 80, None),
    ("m", 80, 112),
    ("ay", 120, 120),
    ("ay-end", 85, None),
    ("v", 70, None),
    ("oy", 150, 134),
    ("oy-end", 130, 104),
    ("s", 165, None),
    ("pause", 330, None),
    ("ih", 80, 114),
    ("t", 65, None),
    ("t-burst", 12, None),
    ("s", 105, None),
    ("t", 60, None),
    ("t-burst", 14, None),
    ("t-breath", 14, None),
    ("eh", 130, 136),
    ("p", 75, None),
    ("p-burst", 10, None),
    ("s", 100, None),
    ("ax", 75, 112),
    ("r", 85, 116),
    ("aw", 140, 128),
    ("aw-end", 100, 110),
    ("n", 80, None),
    ("d", 45, None),
    ("d-burst", 12, None),
    ("y", 70, 100),
    ("uw", 200, 88),
    ("uw-end", 100, None),
    ("pause", 310, None),
)
