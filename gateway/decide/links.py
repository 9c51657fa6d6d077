"""Which lines and devices can be reached, and whom people hear of: one alarm for one cause.

What the loss of a receiver means, or of a whole line of them, is judged in `detectors/blindness.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.contract import Link
from gateway.decide.known import DOWN
from gateway.decide.rules import DEVICE_MISCONFIGURED
from gateway.decide.silence import begin_to_listen, judge_silence, silence_all
from gateway.model import LinkSaid, Outcome, Suppression

if TYPE_CHECKING:
    from drivers.contract import LinkChanged
    from gateway.decide.known import Known, KnownDevice, LinkWatches
    from gateway.decide.watches import Watches
    from gateway.model import LineChanged, Now


def device_link(changed: LinkChanged, known: Known, watches: Watches, now: Now) -> list[Outcome]:
    """A device was found, lost, or turned out to be another."""
    device = known.devices[changed.device]
    if device.link is changed.link:
        return []
    device.link = changed.link
    out: list[Outcome] = [LinkSaid(device.id, is_line=False, link=changed.link, why=changed.why)]
    if device.watches is None:
        return out + _judge_detector(device, changed.why, watches, now)
    if device.line.link not in DOWN and not device.rules.receiver:
        out += _judge_link(device, device.watches, changed.why, watches, now)
    if changed.link in DOWN:
        out += silence_all(device, watches)
    else:
        begin_to_listen(device, now)
    return out + judge_silence(device, watches, now)


def line_link(changed: LineChanged, known: Known, watches: Watches, now: Now) -> list[Outcome]:
    """A line was lost, or is back."""
    line = known.lines[changed.line]
    if line.link is changed.link:
        return []
    line.link, line.why = changed.link, changed.why
    down = changed.link in DOWN
    out: list[Outcome] = [LinkSaid(line.id, is_line=True, link=changed.link, why=changed.why)]
    if not line.radio:
        out += watches.fact(line.lost, now, abnormal=down, why=changed.why)
    for device in line.devices:
        if device.watches is None:
            continue
        if down:
            # the line's alarm speaks for what would come of them
            for watch in (device.watches.lost, device.watches.misconfigured):
                out += watches.book.suppressed(watch.key, Suppression.BY_DESIGN, now)
                out += watches.timers.stop(watch.timers()[0])
            out += silence_all(device, watches)
        else:
            device.link = Link.UNKNOWN  # the driver says again what it finds, and that ends the suppression
            begin_to_listen(device, now)
        out += judge_silence(device, watches, now)
    return out


def _judge_link(device: KnownDevice, watched: LinkWatches, why: str, watches: Watches, now: Now) -> list[Outcome]:
    out: list[Outcome] = []
    for watch, link in ((watched.lost, Link.LOST), (watched.misconfigured, Link.MISCONFIGURED)):
        abnormal = device.link is link
        if not abnormal and watches.book.suppressed_by_design(
            watch.key
        ):  # nobody waits for the end of what he was spared
            out += watches.book.cleared(watch.key, value=False, now=now)
        out += watches.book.suppressed(watch.key, Suppression.NONE, now)
        out += watches.fact(watch, now, abnormal=abnormal, why=why)
    return out


def _judge_detector(device: KnownDevice, why: str, watches: Watches, now: Now) -> list[Outcome]:
    """What hangs there cannot be understood; that it is silent is judged by its deadlines."""
    abnormal, place = device.link is Link.MISCONFIGURED, device.rules.place
    return watches.say(DEVICE_MISCONFIGURED, device.id, device.id, place, abnormal=abnormal, why=why, now=now)
