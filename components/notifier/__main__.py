"""`python -m components.notifier --config FILE [--check]`"""

import sys

from components.common.main import main
from components.notifier.component import PROGRAM

sys.exit(main(PROGRAM))
