"""A real Prometheus Alertmanager that sends its notifications to the notifier."""

import json
import shutil
import subprocess
import urllib.request
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.error import URLError

from tests.servers.ports import free_ports
from tests.waiting import until

PROGRAM = shutil.which("prometheus-alertmanager")

CONFIGURATION = """
route:
  receiver: stellwerk
  group_by: [alertname]
  group_wait: 0s
  group_interval: 1s
  repeat_interval: 1h
receivers:
  - name: stellwerk
    webhook_configs:
      - url: {url}
        send_resolved: true
        http_config:
          authorization:
            credentials_file: {token_file}
"""


class Alertmanager:
    """Runs while the context lasts."""

    def __init__(self, directory: Path, url: str, token_file: Path) -> None:
        """`url` is the notifier's, `token_file` holds the token it asks for."""
        self._directory = directory
        [self._port] = free_ports(1)
        directory.mkdir(parents=True)
        text = CONFIGURATION.format(url=url, token_file=token_file)
        (directory / "alertmanager.yml").write_text(text)
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        assert PROGRAM is not None
        command = [
            PROGRAM,
            f"--config.file={self._directory / 'alertmanager.yml'}",
            f"--storage.path={self._directory / 'data'}",
            f"--web.listen-address=127.0.0.1:{self._port}",
            "--cluster.listen-address=",
        ]
        with (self._directory / "log").open("wb") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        until(self._is_ready)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait()

    def fires(self, labels: Mapping[str, str], annotations: Mapping[str, str]) -> None:
        """What Prometheus tells it."""
        self._post(labels, annotations, {})

    def resolves(self, labels: Mapping[str, str]) -> None:
        """It is over."""
        self._post(labels, {}, {"endsAt": (datetime.now(UTC) - timedelta(seconds=1)).isoformat()})

    def _post(self, labels: Mapping[str, str], annotations: Mapping[str, str], more: Any) -> None:
        alerts = [{"labels": labels, "annotations": annotations, **more}]
        content, kind = json.dumps(alerts).encode(), {"Content-Type": "application/json"}
        request = urllib.request.Request(f"http://127.0.0.1:{self._port}/api/v2/alerts", content, kind)
        with urllib.request.urlopen(request, timeout=10) as answer:
            assert answer.status == 200

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/-/ready", timeout=5) as answer:
                return bool(answer.status == 200)
        except (URLError, OSError):
            return False
