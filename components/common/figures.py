"""Figures of a process, for the operator's command and as OpenMetrics."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.openmetrics.exposition import generate_latest


@dataclass(frozen=True, slots=True)
class Figure:
    """One number that is read when somebody asks for it."""

    name: str
    meaning: str
    read: Callable[[], float]
    counter: bool = False  # only ever grows while the process lives


class Figures:
    """All figures of one component."""

    def __init__(self, component: str, figures: Iterable[Figure]) -> None:
        self._component = component
        self._figures = list(figures)
        self._registry = CollectorRegistry()
        self._registry.register(self)

    def values(self) -> Mapping[str, float]:
        """Name and value of each."""
        return {figure.name: figure.read() for figure in self._figures}

    def openmetrics(self) -> str:
        """The exposition text, names prefixed by the component's."""
        exposition: bytes = generate_latest(self._registry)
        return exposition.decode()

    def collect(self) -> Iterable[Metric]:
        """What prometheus-client asks a collector for."""
        for figure in self._figures:
            family = CounterMetricFamily if figure.counter else GaugeMetricFamily
            yield family(f"{self._component}_{figure.name}", figure.meaning, value=figure.read())
