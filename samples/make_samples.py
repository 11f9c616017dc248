#!/usr/bin/env python3
"""Makes the samples from nothing but arithmetic: the same bytes on every run.

    python3 samples/make_samples.py [FOLDER]
"""

import pathlib
import sys

from sound import write
from steps import steps
from voice import voice

if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent)
    write(folder / "steps.wav", steps())
    write(folder / "voice.wav", voice())
