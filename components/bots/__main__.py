"""`python -m components.bots --config FILE [--check]`"""

import sys

from components.bots.component import PROGRAM
from components.common.main import main

sys.exit(main(PROGRAM))
