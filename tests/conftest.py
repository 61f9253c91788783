"""What every test stands on."""

import os
import signal

from hypothesis import settings

# Time is measured in benchmarks/, never asserted: a busy machine is no failure.
# Where CI runs, the same examples every time: a rare find belongs to whoever searches, not to who submits.
settings.register_profile("cantlie", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("cantlie")

# A run started in the background of a shell ignores Ctrl-C and would hand that down to the commands under test.
signal.signal(signal.SIGINT, signal.default_int_handler)
