"""`python -m components.muc --config FILE [--check]`"""

import sys

from components.common.main import main
from components.muc.component import PROGRAM

sys.exit(main(PROGRAM))
