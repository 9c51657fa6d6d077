"""`gridpost`: the command line. Each command's work is in `gateway/commands/`; this file is what a person can type."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn

import typer
from typer.core import TyperGroup

from gateway import __version__
from gateway.actor import Role
from gateway.commands.at_the_chargers import tags
from gateway.commands.at_the_detectors import detectors, sensors
from gateway.commands.at_the_doors import GATEWAY, PlainHttp, TokenFile, Url, doors, permits
from gateway.commands.rules import rules

app = typer.Typer(
    name="gridpost",
    help="A sentry post for a residential compound.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
audit = typer.Typer(help="Who did what: verified and read, and never changed.", no_args_is_help=True)
app.add_typer(audit, name="audit")
users = typer.Typer(help="Who may sign in, and with what.", no_args_is_help=True)
app.add_typer(users, name="users")
app.add_typer(permits, name="permits")
app.add_typer(doors, name="doors")
app.add_typer(sensors, name="sensors")
app.add_typer(detectors, name="detectors")
app.add_typer(tags, name="tags")
app.add_typer(rules, name="rules")


class _NowUnlessNamed(TyperGroup):
    """`gridpost backup compound.yaml` is `gridpost backup now compound.yaml`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the command in front where it was left out. `ctx` is a context of whichever click typer carries."""
        named = not args or args[0] in self.commands or args[0] in self.get_help_option_names(ctx)
        return super().parse_args(ctx, args if named else ["now", *args])


backup = typer.Typer(
    help="Encrypted copies of journal, history and configuration. Without a command: make one now.",
    cls=_NowUnlessNamed,
    no_args_is_help=True,
)
app.add_typer(backup, name="backup")

DATA = Path("gridpost-data")
Data = Annotated[Path, typer.Option("--data", help="The data folder.", envvar="STATE_DIRECTORY")]
ConfigFile = Annotated[Path, typer.Argument(help="The configuration, such as compound.yaml.")]
BackupFile = Annotated[Path, typer.Argument(help="The backup, a file whose name ends in .sealed.")]
KeyFile = Annotated[
    Path | None, typer.Option("--key", help="A file with the key or passphrase; without it you are asked.")
]

Target = Annotated[
    str | None, typer.Argument(help="tcp://HOST[:PORT]; to scan also a small network, tcp://10.0.0.0/28.")
]
FramingOption = Annotated[
    Literal["tcp", "rtu"],
    typer.Option(help="rtu: serial frames in a TCP connection, as serial device servers pass them on."),
]
SerialPort = Annotated[str | None, typer.Option("--serial", help="A serial port instead of a target: /dev/ttyUSB0.")]
ParityOption = Annotated[
    Literal["even", "none", "odd"] | None, typer.Option(help="Parity of the serial port; unless told: even and none.")
]
StopBits = Annotated[
    int | None, typer.Option(min=1, max=2, help="Stop bits of the serial port; unless told: the standard's.")
]


@app.command()
def run(
    config: ConfigFile,
    data: Data = DATA,
    http: Annotated[str, typer.Option(help="HOST:PORT to serve on instead of the configured one.")] = "",
    until_stdin_closes: Annotated[
        bool, typer.Option("--until-stdin-closes", help="End when standard input does: for a gateway that is a child.")
    ] = False,
    conformance: Annotated[
        bool, typer.Option("--conformance", help="For tests: let an outside OCPP suite work the chargers over HTTP.")
    ] = False,
    set_up: Annotated[
        bool,
        typer.Option("--set-up", help="Where there is no configuration yet, let the page ask for it and write it."),
    ] = False,
) -> None:
    """Run the gateway."""
    from gateway.commands.run import Wish, run_gateway

    wish = Wish(config, data, http, until_stdin_closes, conformance=conformance, set_up=set_up)
    raise typer.Exit(run_gateway(wish))


@app.command("setup-code")
def setup_code(
    data: Data = DATA,
    page: Annotated[str, typer.Option(help="The address of the page, for the QR code of the label.")] = "",
) -> None:
    """Print a new set-up code, for the label of a box that nobody administers yet."""
    from gateway.commands.setup_code import print_code

    raise typer.Exit(print_code(data, page))


@app.command()
def tls(
    name: Annotated[list[str] | None, typer.Option(help="A host name of this box (again for more).")] = None,
    ip: Annotated[list[str] | None, typer.Option(help="An address of this box (again for more).")] = None,
    data: Data = DATA,
) -> None:
    """Make a certificate authority of this box and a certificate; again with other names: a new certificate."""
    from gateway.commands.tls import make

    raise typer.Exit(make(data, tuple(name or ()), tuple(ip or ())))


@app.command()
def demo(
    data: Annotated[
        Path | None, typer.Option(help="Keep the demo's data here instead of in a folder that is deleted.")
    ] = None,
    http: Annotated[str, typer.Option(help="HOST:PORT to serve the page on.")] = "127.0.0.1:8080",
    seed: Annotated[int, typer.Option(help="Which compound: the same seed gives the same one.")] = 7,
    hour: Annotated[
        float | None, typer.Option(help="Let the compound live at this hour of the day, such as 7.5.")
    ] = None,
    buildings: Annotated[int | None, typer.Option(help="A smaller compound of so many buildings.")] = None,
    open_page: Annotated[bool, typer.Option("--open/--no-open", help="Open the page in a browser.")] = True,
    broker: Annotated[
        str, typer.Option(help="HOST:PORT of an MQTT broker of this machine, instead of the demo's own.")
    ] = "own",
) -> None:
    """Try everything: a simulated compound and the gateway, no devices and no servers needed."""
    from gateway.commands.demo import Demo

    raise typer.Exit(Demo(data, http, seed, hour, buildings, open_page=open_page, broker=broker).run())


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []})
def simulate(context: typer.Context) -> None:
    """Run the compound alone, without a gateway (`gridpost simulate --help` for more)."""
    from simulator.__main__ import main as simulator

    raise typer.Exit(simulator(context.args))


@app.command()
def check(
    config: ConfigFile,
    data: Annotated[
        Path | None,
        typer.Option("--data", help="A data folder: its secrets and certificates are judged too, as a run would."),
    ] = None,
) -> None:
    """Say everything that is wrong with a configuration; exit 2 if anything is."""
    from gateway.commands.check import check_config

    raise typer.Exit(check_config(config, data))


@app.command()
def schema() -> None:
    """Print the JSON schema of compound.yaml, for editors that complete and check."""
    from gateway.commands.check import print_schema

    print_schema()


@app.command()
def scan(
    target: Target = None,
    framing: FramingOption = "tcp",
    serial: SerialPort = None,
    baud: Annotated[
        list[int] | None, typer.Option(help="Speed of the serial port (again for more); unless told: the usual ones.")
    ] = None,
    parity: ParityOption = None,
    stop_bits: StopBits = None,
    units: Annotated[str, typer.Option(help="Which unit ids: 1-32, or 1,3,255.")] = "1-32",
    csv: Annotated[Path | None, typer.Option("--csv", help="Write a device list that `check` accepts.")] = None,
    profiles: Annotated[list[Path] | None, typer.Option(help="More folders with product profiles.")] = None,
) -> None:
    """Look for Modbus devices: read-only and slow enough for them."""
    from gateway.commands.integrate import Where, scan_places

    where = Where(target, framing, serial, tuple(baud or ()), parity, stop_bits)
    raise typer.Exit(scan_places(where, units, csv, tuple(profiles or ())))


@app.command("try")
def try_profile(
    profile: Annotated[Path, typer.Argument(help="The product profile, a YAML file.")],
    target: Target = None,
    framing: FramingOption = "tcp",
    serial: SerialPort = None,
    baud: Annotated[int, typer.Option(help="Speed of the serial port.")] = 19200,
    parity: ParityOption = "even",
    stop_bits: StopBits = None,
    unit: Annotated[int, typer.Option(help="The unit id.")] = 1,
) -> None:
    """Read every point of a profile once from a real device: raw registers and what they mean."""
    from gateway.commands.integrate import Where, try_on_device

    raise typer.Exit(try_on_device(profile, Where(target, framing, serial, (baud,), parity, stop_bits), unit))


@users.command("add")
def users_add(
    name: Annotated[str, typer.Argument(help="What people call them.")],
    role: Annotated[Role, typer.Option(help="What they may do.")] = Role.VIEWER,
    grid: Annotated[list[str] | None, typer.Option(help="Bind them to this grid (again for more).")] = None,
    data: Data = DATA,
) -> None:
    """Add somebody and print their access token, once."""
    from gateway.commands.people import add

    raise typer.Exit(add(data, name, role, frozenset(grid or ())))


@users.command("link")
def users_link(
    name: Annotated[str, typer.Argument(help="Who is to sign in.")],
    page: Annotated[str, typer.Option(help="The address of the page.")] = "http://127.0.0.1:8080",
    data: Data = DATA,
) -> None:
    """Print a link that signs them in once, within ten minutes."""
    from gateway.commands.people import link

    raise typer.Exit(link(data, name, page))


@users.command("list")
def users_list(data: Data = DATA) -> None:
    """List who may sign in."""
    from gateway.commands.people import listing

    raise typer.Exit(listing(data))


@users.command("remove")
def users_remove(name: Annotated[str, typer.Argument(help="Who is to go.")], data: Data = DATA) -> None:
    """Remove somebody with their tokens and sessions."""
    from gateway.commands.people import remove

    raise typer.Exit(remove(data, name))


@users.command("password")
def users_password(name: Annotated[str, typer.Argument(help="Whose password.")], data: Data = DATA) -> None:
    """Set somebody's password: asked for twice, and shown nowhere. All his sessions end."""
    from gateway.commands.people import password

    raise typer.Exit(password(data, name))


@users.command("lost-phone")
def users_lost_phone(
    name: Annotated[str, typer.Argument(help="Whose phone was lost.")],
    reason: Annotated[str, typer.Option(help="Why; it is journalled.")] = "a phone was lost",
    data: Data = DATA,
) -> None:
    """End all sessions, access tokens and open links of somebody at once."""
    from gateway.commands.people import lost_phone

    raise typer.Exit(lost_phone(data, name, reason))


@users.command("sessions")
def users_sessions(name: Annotated[str, typer.Argument(help="Who.")], data: Data = DATA) -> None:
    """List where somebody is signed in."""
    from gateway.commands.people import sessions

    raise typer.Exit(sessions(data, name))


@audit.command("verify")
def audit_verify(
    data: Data = DATA,
    head: Annotated[
        list[str] | None, typer.Option(help="A head that left the box, HEX@ROW; may be given several times.")
    ] = None,
    key: Annotated[str, typer.Option(help="The public key that was noted, in hex, instead of the folder's own.")] = "",
) -> None:
    """Verify every row of the audit, of a running gateway or a restored folder; exit 1 when one does not hold."""
    from gateway.commands.audit import verify_chain

    raise typer.Exit(verify_chain(data, head or [], key))


@audit.command("head")
def audit_head(data: Data = DATA) -> None:
    """Print the newest head: kept off the box, it proves that nothing before it was changed."""
    from gateway.commands.audit import show_head

    raise typer.Exit(show_head(data))


@audit.command("key")
def audit_key(data: Data = DATA) -> None:
    """Print the public key that checkpoints and archives are signed with."""
    from gateway.commands.audit import show_key

    raise typer.Exit(show_key(data))


@audit.command("check-archive")
def audit_check_archive(
    file: Annotated[Path, typer.Argument(help="The archive of an investigation, a .zip.")],
    key: Annotated[str, typer.Option(help="The public key of the box, in hex, instead of the archive's own.")] = "",
) -> None:
    """Check every file and the signature of an archive that was handed out; exit 1 when something was changed."""
    from gateway.commands.audit import check_handed_out

    raise typer.Exit(check_handed_out(file, key))


@audit.command("list")
def audit_list(
    data: Data = DATA,
    who: Annotated[str, typer.Option(help="Only what this user did, by id or name.")] = "",
    what: Annotated[str, typer.Option(help="Only this, such as export or user.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="How many at most.")] = 50,
) -> None:
    """Print the newest rows."""
    from gateway.commands.audit import list_rows
    from gateway.keep.audit.reading import Wanted

    raise typer.Exit(list_rows(data, Wanted(who, what), limit))


@audit.command("export")
def audit_export(data: Data = DATA) -> None:
    """Write all rows as CSV."""
    from gateway.commands.audit import export_rows
    from gateway.keep.audit.reading import Wanted

    raise typer.Exit(export_rows(data, Wanted()))


@backup.command("now")
def backup_make(
    config: ConfigFile,
    data: Data = DATA,
    to: Annotated[str, typer.Option(help="A folder or URL, instead of the configured places.")] = "",
    key: Annotated[Path | None, typer.Option("--key", help="The file of another key than the configured one.")] = None,
) -> None:
    """Make a backup now, beside a running gateway or without one, and read it back."""
    from gateway.commands.backup import backup_now

    raise typer.Exit(backup_now(config, data, to, key))


@backup.command("key")
def backup_key(file: Annotated[Path, typer.Argument(help="The file to make.")]) -> None:
    """Make a key. Keep a copy of it off the box."""
    from gateway.commands.backup import make_key

    raise typer.Exit(make_key(file))


@backup.command("verify")
def backup_verify(file: BackupFile, key: KeyFile = None) -> None:
    """Read all of a backup and say whether it is whole."""
    from gateway.commands.backup import verify

    raise typer.Exit(verify(file, key))


@app.command()
def restore(
    file: BackupFile,
    data: Annotated[Path, typer.Option("--data", help="The data folder to make: a new one.")],
    config: Annotated[
        Path | None, typer.Option("--config", help="Restore the configuration into this new folder.")
    ] = None,
    key: KeyFile = None,
    erasures: Annotated[
        Path | None, typer.Option("--erasures", help="The ledger of whom to forget again, of the old data folder.")
    ] = None,
) -> None:
    """Restore a backup on a new box; nothing is left behind when it is not whole."""
    from gateway.commands.backup import restore as restore_here

    raise typer.Exit(restore_here(file, data, config, key, erasures))


@app.command("notify-test")
def notify_test(
    grid: Annotated[str, typer.Argument(help="Only this grid; without it every grid that has a roster.")] = "",
    seconds: Annotated[float, typer.Option(min=0, max=600, help="How long to wait for what does not leave.")] = 60.0,
    url: Url = GATEWAY,
    token_file: TokenFile = None,
    plain_http: PlainHttp = False,
) -> None:
    """Ring whoever is on duty over each of his ways, and say what became of each message; exit 2 when one is not reached."""
    from gateway.commands.duty import NotifyTest

    raise typer.Exit(NotifyTest(url, token_file, plain_http=plain_http, seconds=seconds).run(grid))


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(__version__)


def main() -> NoReturn:
    """The entry point of `gridpost`."""
    app()
    raise SystemExit(0)


if __name__ == "__main__":
    main()
