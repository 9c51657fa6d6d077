"""The register 台账: which sensors there are, which of them hangs where, and what people may ask for about that.

It changes only its own state and gives back what must be remembered, recorded and wanted. A sensor hangs at one place, a place
has one sensor; what a line of receivers listens to is what the register says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from gateway.decide.detectors.battery_change import LONGEST_MINUTES
from gateway.decide.detectors.hanging import Hanging, hung, taken_down
from gateway.decide.detectors.importing import Weighed, Weighing
from gateway.decide.detectors.naming import fitting
from gateway.decide.detectors.rights import MAY_ENROL, refused_as_unknown, refused_by_grid, refused_by_role
from gateway.decide.may import MAY_ANSWER
from gateway.detecting import BeginBatteryChange, DropSensors, ImportSensors, MountSensor, TakeDownSensor
from gateway.model import Outcome, Recorded, Refused

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from drivers.contract import DeviceEvent, Json
    from gateway.decide.detectors.sensor import Sensor
    from gateway.decide.known import Known
    from gateway.model import Now

RegisterAct: TypeAlias = ImportSensors | DropSensors | MountSensor | TakeDownSensor | BeginBatteryChange

YEAR_SECONDS = 365.25 * 86400


class Register:
    """See the module. `again` comes before anything else.

    Keys are compared as they are sealed: who imports a key that is the same as before hands it over sealed as before
    (`sensors[address].sealed_key`), or the row counts as changed.
    """

    def __init__(self, remembered: Mapping[str, Json], known: Known, now: Now) -> None:
        self._known = known
        self._hanging = Hanging(remembered, known, now)

    # ------------------------------------------------------------ reading

    @property
    def sensors(self) -> Mapping[str, Sensor]:
        """All sensors by address: those that hang somewhere, those in stock, and those out of service."""
        return self._hanging.sensors

    @property
    def mounted(self) -> Mapping[str, Sensor]:
        """What hangs where, by detector; also at places that are no longer in the configuration."""
        return self._hanging.mounted

    @property
    def levels(self) -> Mapping[str, Json]:
        """The level of `SENSORS` of each line, as it was last wanted."""
        return self._hanging.levels.said

    @property
    def next_ns(self) -> int | None:
        """CLOCK_BOOTTIME in nanoseconds at which `wake` has work, None while there is none."""
        return self._hanging.changes.next_ns

    def expires_utc(self, device: str) -> float | None:
        """When the sensor that hangs there is too old; None where nothing hangs, or where that is not known."""
        sensor = self.mounted.get(device)
        product = self._known.rules.sensors.get(sensor.product) if sensor is not None else None
        if sensor is None or product is None or not sensor.mounted_utc or not product.life_years:
            return None
        return sensor.mounted_utc + product.life_years * YEAR_SECONDS

    def battery_change_until_ns(self, device: str) -> int:
        """CLOCK_BOOTTIME until which its battery is being changed, 0 for no time."""
        return self._hanging.changes.until_ns(device)

    def moved(self) -> Collection[str]:
        """The detectors where something else hangs than when this was last asked: another sensor, the first, or none."""
        return self._hanging.moved()

    def weigh(self, act: ImportSensors, now: Now) -> Weighed | Refused:
        """What a list would come to: the counts, or the refusal. Changes nothing."""
        if refused := refused_by_role(act, MAY_ENROL):
            return refused
        found = Weighing(act, self.sensors, self.mounted, self._known.rules, now).weigh()
        if found.wrong:
            why = f"{len(found.wrong)} things are wrong with these {len(act.sensors)} sensors; nothing was changed"
            return Refused(act, "sensors_wrong", why, tuple(found.wrong))
        if found.beyond:
            return Refused(act, "grid", "this is not in your grid", tuple(found.beyond))
        return found

    # ------------------------------------------------------------ what comes in

    def again(self, now: Now) -> list[Outcome]:
        """Take the rules in force, and say to every line what it is to listen to."""
        out = self._hanging.close_changes(now)
        self._hanging.again()
        return self._said(out)

    def act(self, act: RegisterAct, now: Now) -> list[Outcome]:
        """What a person asks for, whole or not at all."""
        match act:
            case ImportSensors():
                return self._import(act, now)
            case DropSensors():
                return self._drop(act)
            case MountSensor():
                return self._mount(act, now)
            case TakeDownSensor():
                return self._take_down(act)
            case BeginBatteryChange():
                return self._change_battery(act, now)

    def battery_changed(self, event: DeviceEvent) -> list[Outcome]:
        """A counter began anew, as it was allowed to: once."""
        out = self._hanging.close_change(event.device)
        if sensor := self.mounted.get(event.device):
            out.append(Recorded("sensor", event.device, {"what": "battery_changed", "sensor": sensor.address}))
        return self._said(out)

    def wake(self, now: Now) -> list[Outcome]:
        """Let time pass: the time to change a battery is up."""
        return self._said(self._hanging.close_changes(now))

    def hang(self, sensor: Sensor, detector: str, by: str, reason: str, now: Now) -> list[Outcome]:
        """Hang a sensor from the stock at a detector, in place of what hung there; that is out of service then."""
        before = self.mounted.get(detector)
        body: dict[str, Json] = {"what": "mounted", "sensor": sensor.address, "product": sensor.product}
        changes = [hung(sensor, detector, by, now)]
        if before is not None:
            changes.append(taken_down(before, retired=True))
            body |= {"what": "replaced", "before": before.address}
        out = self._hanging.put(changes)
        return self._said([*out, Recorded("sensor", detector, body | {"reason": reason}, by)])

    def take_down(self, detector: str, by: str, reason: str, *, gone: bool = False) -> list[Outcome]:
        """Take down what hangs at a detector: back into the stock, or for good."""
        sensor = self.mounted[detector]
        body = {"what": "taken_down", "sensor": sensor.address, "product": sensor.product, "gone": gone}
        out = self._hanging.put([taken_down(sensor, retired=gone)])
        return self._said([*out, Recorded("sensor", detector, body | {"reason": reason}, by)])

    # ------------------------------------------------------------ acts

    def _import(self, act: ImportSensors, now: Now) -> list[Outcome]:
        found = self.weigh(act, now)
        if isinstance(found, Refused):
            return [found]
        body = {
            "what": "imported",
            "rows": len(act.sensors),
            "new": found.new,
            "changed": found.changed,
            "unchanged": found.unchanged,
            "mounted": found.mounted,
            "dry": act.dry,
        }
        summary = Recorded("sensors", "stock", body, act.actor.name)
        if act.dry:
            return [summary]
        told = [self._told(sensor, act.actor.name) for sensor in found.sensors if sensor.detector]
        return self._said([*self._hanging.put(found.sensors), *told, summary])

    def _told(self, sensor: Sensor, by: str) -> Recorded:
        """What a list says of a place that was not so before, for the record of the place."""
        what = "changed" if sensor.detector in self.mounted else "mounted"
        body = {"what": what, "sensor": sensor.address, "product": sensor.product, "reason": "import"}
        return Recorded("sensor", sensor.detector, body, by)

    def _drop(self, act: DropSensors) -> list[Outcome]:
        if refused := refused_by_role(act, MAY_ENROL):
            return [refused]
        if not act.reason.strip():
            return [Refused(act, "reason_needed", "dropping sensors needs a reason")]
        addresses = tuple(dict.fromkeys(act.addresses))
        wrong = [why for address in addresses if (why := self._stands_against_dropping(address))]
        if wrong or not addresses:
            return [Refused(act, "sensors_wrong", wrong[0] if wrong else "no sensor is named", tuple(wrong))]
        out = [outcome for address in addresses for outcome in self._hanging.drop(address)]
        body = {"what": "dropped", "sensors": list(addresses), "reason": act.reason.strip()}
        return self._said([*out, Recorded("sensors", "stock", body, act.actor.name)])

    def _stands_against_dropping(self, address: str) -> str:
        sensor = self.sensors.get(address)
        if sensor is None:
            return f"{address[:40]}: there is no such sensor"
        return f"{address}: it hangs at {sensor.detector}, take it down first" if sensor.detector else ""

    def _mount(self, act: MountSensor, now: Now) -> list[Outcome]:
        rules, places = self._known.rules, (act.detector,)
        refused = refused_by_role(act, MAY_ENROL) or refused_as_unknown(act, places, rules)
        if refused := refused or refused_by_grid(act, places, rules):
            return [refused]
        sensor = fitting(act, act.detector, self.sensors, rules)
        if isinstance(sensor, Refused):
            return [sensor]
        reason = act.reason.strip()
        if act.detector in self.mounted and not reason:
            return [Refused(act, "reason_needed", "replacing a sensor needs a reason")]
        return self.hang(sensor, act.detector, act.actor.name, reason, now)

    def _take_down(self, act: TakeDownSensor) -> list[Outcome]:
        refused = refused_by_role(act, MAY_ENROL) or self._nothing_hangs(act)
        if refused := refused or refused_by_grid(act, (act.detector,), self._known.rules):
            return [refused]
        if not act.reason.strip():
            return [Refused(act, "reason_needed", "taking a sensor down needs a reason")]
        return self.take_down(act.detector, act.actor.name, act.reason.strip(), gone=act.gone)

    def _change_battery(self, act: BeginBatteryChange, now: Now) -> list[Outcome]:
        refused = refused_by_role(act, MAY_ANSWER) or self._nothing_hangs(act)
        if refused := refused or refused_by_grid(act, (act.detector,), self._known.rules):
            return [refused]
        if not 1 <= act.minutes <= LONGEST_MINUTES:
            return [Refused(act, "minutes_wrong", f"a battery is changed within 1 to {LONGEST_MINUTES} minutes")]
        out = self._hanging.open_change(act.detector, act.minutes, now)
        sensor = self.mounted[act.detector].address
        body = {"what": "battery_change", "sensor": sensor, "minutes": act.minutes}
        return self._said([*out, Recorded("sensor", act.detector, body, act.actor.name)])

    def _nothing_hangs(self, act: TakeDownSensor | BeginBatteryChange) -> Refused | None:
        if act.detector in self.mounted:
            return None
        unknown = refused_as_unknown(act, (act.detector,), self._known.rules)
        return unknown or Refused(act, "nothing_mounted", f"nothing hangs at {act.detector}")

    def _said(self, out: list[Outcome]) -> list[Outcome]:
        """What followed, and what the lines are to be told of it."""
        return out + self._hanging.levels.wants()
