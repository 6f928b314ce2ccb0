# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo's story, step by step. Each step says what happens and why, does it, and checks that it did."""

from __future__ import annotations

import pathlib
import shutil
import typing as t

import playbook
from playbook import Run, StepFailed
from screen import command, grid, headline, lines, put, quote, say
from tenant_view import PracticeTenant

from graph_emulator.launch import RunningEmulator

HERE = pathlib.Path(__file__).resolve().parent

BLOCK, MFA = "Block Syncro - Outside Trusted IPs", "Syncro Service Account MFA Policy"
DANA, KIM, SERVICE = "dana@northwind.example", "kim@northwind.example", "syncro-svc@northwind.example"
OFFICE, WAREHOUSE, HOME, STRANGER, CLOUD = "198.51.100.10", "203.0.113.66", "203.0.113.80", "192.0.2.66", "192.0.2.200"
LAST_SITE, NEW_SITE = "- {name: Warehouse, ", "- {name: Home of Dana, cidrs: [203.0.113.80/32]}"

LOOKED, JUDGED = "Say what is ready, what is not, and what to do about it", "Say whether it is proven, and why not"
STOPS = "Stop where a prerequisite is missing"
IMPACT, RESTRICTED = "Say whom it would have stopped", "Say how Syncro is restricted"
PROTECTED = "Say how the service account is protected"
# What a policy did to a sign-in, or in report-only would have done, in place of the log's word for it.
DOES = {
    BLOCK: {
        "failure": "blocks it",
        "notApplied": "lets it pass",
        "reportOnlyFailure": "would block it",
        "reportOnlyNotApplied": "would let it pass",
    },
    MFA: {"failure": "asks for MFA", "success": "MFA was done"},
}


class Demo:
    """The practice server, ansible-playbook pointed at it, and the inventory that is worked with."""

    def __init__(self, emulator: RunningEmulator, home: pathlib.Path):
        self.emulator = emulator
        self.home = home
        self.northwind = PracticeTenant(emulator, "Northwind MSP", "11111111-1111-4111-8111-111111111111")
        self.fabrikam = PracticeTenant(emulator, "Fabrikam", "66666666-6666-4666-8666-666666666666")
        self.inventory = pathlib.Path(shutil.copy(HERE / "inventory.yml", home))

    def run(self, name: str, *arguments: str) -> Run:
        """Show the command and run it."""
        words = [f"msp.entra.{name}", "-i", self.inventory.name, *arguments]
        command("ansible-playbook", *words)
        self.emulator.clear()
        where = {"PRACTICE_URL": self.emulator.url, "PRACTICE_CA": str(self.emulator.ca_file)}
        return playbook.run(self.home, words, where)

    def add_site(self) -> None:
        """Add the new site to the inventory, below the last one, as a person with an editor would."""
        written = self.inventory.read_text(encoding="utf-8").splitlines()
        (above,) = [number for number, line in enumerate(written) if line.lstrip().startswith(LAST_SITE)]
        indent = written[above][: -len(written[above].lstrip())]
        written.insert(above + 1, indent + NEW_SITE)
        self.inventory.write_text("\n".join(written) + "\n", encoding="utf-8")
        put(f"\n  {written[above]}\n+ {written[above + 1]}")

    def writes(self) -> list[str]:
        """Requests of the last run that would change something."""
        return [
            f"{line['method']} {line['path']}"
            for line in self.emulator.requests()
            if line["method"] in ("POST", "PATCH", "PUT", "DELETE") and not line["path"].endswith(("/token", "/$batch"))
        ]

    def people_sign_in(
        self, policy: str, rows: t.Sequence[tuple[str, str, str, bool, str, str]]
    ) -> list[dict[str, t.Any]]:
        """Sign people in and show what became of it. A row is who, from where in words, the address, whether they do MFA, and
        what has to come of it: the outcome, and what the policy does. Raises StepFailed where it comes otherwise."""
        done, shown, wrong = [], [], []
        for who, place, ip, mfa, outcome, does in rows:
            one = self.emulator.sign_in("northwind.example", user=who, app="Syncro SSO", ip=ip, country="DE", mfa=mfa)
            (result,) = [entry["result"] for entry in one["policies"] if entry["display_name"] == policy]
            found = DOES[policy].get(result, result)
            if (one["outcome"], found) != (outcome, does):
                wrong.append(f"{who} from {ip}: {one['outcome']}, '{policy}' {found}; expected {outcome}, {does}")
            shown.append((who, f"{place}, {ip}", one["outcome"], found))
            done.append(one)
        put()
        put(grid(("who signs in to Syncro", "from", "what becomes of it", f"'{policy}'"), shown))
        if wrong:
            raise StepFailed("; ".join(wrong))
        return done


def tell(demo: Demo) -> None:
    """The whole story. Raises StepFailed."""
    for number, (title, step) in enumerate(STEPS, 1):
        headline(number, title)
        step(demo)


def _told(said: t.Iterable[str], kinds: tuple[str, ...]) -> list[str]:
    """The lines that begin with one of these words, and what is said below each."""
    kept, keeps = [], False
    for line in said:
        keeps = keeps if line.startswith(" ") else line.startswith(kinds)
        kept += [line] if keeps else []
    return kept


def _readiness(demo: Demo) -> None:
    demo.fabrikam.set_security_defaults(True)
    say(
        """Before anything is written, every prerequisite is looked at. Northwind has what it needs. Fabrikam still has
        security defaults on, with which Entra refuses such policies: the run ends with an error for it, and says
        what to do."""
    )
    run = demo.run("readiness")
    for host, missing in (("northwind", []), ("fabrikam", ["security-defaults"])):
        checks = run.result(host, "Look at every prerequisite")["checks"]
        failed = [check["id"] for check in checks if check["status"] == "fail"]
        run.check(failed == missing, f"readiness misses {failed} in {host}, and not {missing}")
    passed, other = _told(run.said("northwind", LOOKED), ("pass",)), _told(run.said("northwind", LOOKED), ("unknown",))
    lines("northwind", [*passed[:4], f"pass    … and {len(passed) - 4} more", *other, *run.said("northwind", STOPS)])
    lines("fabrikam", [*_told(run.said("fabrikam", LOOKED), ("fail",)), *run.said("fabrikam", STOPS)])
    run.check(run.returncode != 0, "readiness ended well, though a prerequisite is missing")
    demo.fabrikam.set_security_defaults(False)
    say("Fabrikam's administrator turns them off, and both can go on.")


def _check(demo: Demo) -> None:
    say(
        """A dry run: nothing is written, and the sign-ins of the last days are replayed against the policy that does
        not exist yet. So you know today whom it would have stopped last week: Dana, at home."""
    )
    run = demo.run("deploy", "--check").ended_well()
    for host in ("northwind", "fabrikam"):
        lines(host, run.said(host, IMPACT))
    impact = run.result("northwind", "Replay the last sign-ins against what would be written")
    blocked = {row["user_principal_name"]: row["blocked"] for row in impact["by_user"] if row["blocked"]}
    run.check(blocked == {DANA: 6}, f"the replay would have blocked {blocked}")
    run.check(f"No site covers {HOME}/32" in "\n".join(impact["summary"]), f"no word of {HOME}")
    run.check(demo.writes() == [], f"check mode wrote: {demo.writes()}")
    put("\n  Requests that would change something: none.")


def _deploy(demo: Demo) -> None:
    say(
        """Part A makes a trusted location a site, and a policy that blocks Syncro from anywhere else. It starts in
        report-only: it logs what it would do and stops nobody. Part B makes the service account do MFA at every
        sign-in. Both tenants, one command."""
    )
    run = demo.run("deploy").ended_well()
    for host in ("northwind", "fabrikam"):
        changed = run.recap(host)["changed"]
        run.check(changed == 3, f"{host}: changed={changed}, not the locations, the policy and part B")
    lines("northwind", [*run.said("northwind", RESTRICTED)[:1], *run.said("northwind", PROTECTED)[:1]])
    for host in ("northwind", "fabrikam"):
        put(f"  {host}: {run.short_recap(host)}")
    for tenant in (demo.northwind, demo.fabrikam):
        run.check(tenant.state(BLOCK) == "report-only", f"{tenant.name}: the policy is {tenant.state(BLOCK)}")
    say("As the admin center shows it; what was there before is untouched:")
    put()
    put(demo.northwind.table())


def _not_ready(demo: Demo) -> None:
    say("Northwind goes on working. In report-only everybody gets in, and Entra logs what the policy would have done:")
    demo.people_sign_in(
        BLOCK,
        [
            (DANA, "office", OFFICE, True, "succeeded", "would let it pass"),
            (KIM, "warehouse", WAREHOUSE, True, "succeeded", "would let it pass"),
            (DANA, "her home", HOME, True, "succeeded", "would block it"),
        ],
    )
    say(
        """Is the policy proven? validate reads the log, replays two weeks and asks Graph's own What If. Northwind is
        not ready, and the reason has a name and an address. Of Fabrikam nothing was logged since the policy is
        there, so nothing is known: that is not ready either. (A real tenant soaks for 7 days with 10 sign-ins; the
        practice inventory asks for 0 days and 5, being minutes old.)"""
    )
    run = demo.run("validate").ended_well()
    for host, verdict, reasons in (("northwind", "not ready", ["outside"]), ("fabrikam", "unknown", ["log"])):
        result = run.result(host, "Look at the log, replay it, and ask What If")
        run.check(result["verdict"] == verdict, f"{host}: the verdict is {result['verdict']}, not {verdict}")
        found = [check["id"] for check in result["checks"] if check["status"] != "pass"]
        run.check(found == reasons, f"{host}: {found} speak against it, not {reasons}")
        said = run.said(host, JUDGED)
        lines(host, [said[0], *_told(said[1:], ("fail", "unknown", "No site"))])
    said = "\n".join(run.said("northwind", JUDGED))
    run.check(f"{DANA} from {HOME} (7 times)" in said and f"No site covers {HOME}/32" in said, "Dana is not named")


def _add_site(demo: Demo) -> None:
    say("Dana works from home with a fixed address. So it becomes a site, one line in the inventory, and is deployed:")
    demo.add_site()
    run = demo.run("deploy", "--limit", "northwind").ended_well()
    run.check(run.recap("northwind")["changed"] == 2, "the site changed other than a location and the policy")
    lines("northwind", run.said("northwind", RESTRICTED)[:2])
    put(f"  northwind: {run.short_recap('northwind')}")


def _ready(demo: Demo) -> None:
    say(
        "What was logged of the policy before it was changed no longer counts. People sign in again, and this time all is well:"
    )
    demo.people_sign_in(
        BLOCK,
        [
            (DANA, "her home", HOME, True, "succeeded", "would let it pass"),
            (DANA, "office", OFFICE, True, "succeeded", "would let it pass"),
            (KIM, "warehouse", WAREHOUSE, True, "succeeded", "would let it pass"),
        ],
    )
    run = demo.run("validate", "--limit", "northwind").ended_well()
    result = run.result("northwind", "Look at the log, replay it, and ask What If")
    run.check(result["verdict"] == "ready", f"the verdict is {result['verdict']}, not ready: {result['reasons']}")
    lines("northwind", run.said("northwind", JUDGED))


def _enforce(demo: Demo) -> None:
    say(
        """enforce validates once more, in the same run, and turns the policy on only where that says ready. It is
        asked for both tenants: Northwind's is turned on, Fabrikam's is refused, and so the run ends with an error."""
    )
    run = demo.run("enforce")
    lines("northwind", run.said("northwind", "Say what is now true"))
    refusal = run.result("fabrikam", "Turn the policy on")["msg"]
    lines("fabrikam", refusal.splitlines())
    run.check(demo.northwind.state(BLOCK) == "on", f"Northwind's policy is {demo.northwind.state(BLOCK)}, not on")
    run.check(demo.fabrikam.state(BLOCK) == "report-only", f"Fabrikam's policy is {demo.fabrikam.state(BLOCK)}")
    run.check(
        "[NO-EVIDENCE]" in refusal and run.returncode != 0, "Fabrikam's policy was not refused for want of evidence"
    )
    run.check(run.recap("northwind")["failed"] == 0, "enforce failed for Northwind")


def _stranger(demo: Demo) -> None:
    say(
        "A stranger has Dana's password, and Dana has just approved his MFA prompt by mistake. Until a minute ago he was in."
    )
    done = demo.people_sign_in(
        BLOCK,
        [
            (DANA, "her home", HOME, True, "succeeded", "lets it pass"),
            (KIM, "warehouse", WAREHOUSE, True, "succeeded", "lets it pass"),
            (DANA, "a stranger", STRANGER, True, "blocked", "blocks it"),
        ],
    )
    told = done[-1]["reason"]
    if done[-1]["error_code"] != 53003 or not told.startswith("AADSTS53003"):
        raise StepFailed(f"the stranger was told {done[-1]['error_code']}: {told}")
    say("What he sees:")
    quote(f"You cannot access this right now. {told}")
    say(
        "The service account signs in from Syncro's cloud, which is no site: part A leaves it out, and part B asks it for MFA."
    )
    signed_in = demo.people_sign_in(
        MFA,
        [
            (SERVICE, "cloud", CLOUD, True, "succeeded", "MFA was done"),
            (SERVICE, "cloud, no MFA", CLOUD, False, "mfa_required", "asks for MFA"),
        ],
    )
    of_part_a = [entry["result"] for one in signed_in for entry in one["policies"] if entry["display_name"] == BLOCK]
    if of_part_a != ["notApplied", "notApplied"]:
        raise StepFailed(f"part A does not leave the service account out: {of_part_a}")


def _relax(demo: Demo) -> None:
    say("Should it ever bite the wrong person, one command goes back to report-only at once:")
    run = demo.run("relax", "--limit", "northwind").ended_well()
    lines("northwind", run.said("northwind", "Say what is now true"))
    put(f"  northwind: {run.short_recap('northwind')}")
    writes = demo.writes()
    run.check(len(writes) == 1 and writes[0].startswith("PATCH "), f"relax wrote {writes}")
    run.check(demo.northwind.state(BLOCK) == "report-only", f"the policy is {demo.northwind.state(BLOCK)} after relax")
    demo.people_sign_in(BLOCK, [(KIM, "a hotel", "192.0.2.99", True, "succeeded", "would block it")])


def _drift(demo: Demo) -> None:
    demo.northwind.tamper(BLOCK, DANA)
    say(
        """Somebody with the admin center open turns the policy off and leaves Dana out of it. The next dry run shows
        both, in names and not in ids, and a deploy would put it back:"""
    )
    run = demo.run("deploy", "--check", "--diff", "--limit", "northwind").ended_well()
    run.check(run.recap("northwind")["changed"] == 1, "the check did not show exactly one drifted object")
    shown = [line for line in run.output.splitlines() if line.startswith(("-  ", "+  "))]
    lines("northwind", shown)
    run.check(any(line.startswith("-") and DANA in line for line in shown), "the diff does not name who was left out")
    run.check(demo.writes() == [], f"check mode wrote: {demo.writes()}")


STEPS: tuple[tuple[str, t.Callable[[Demo], None]], ...] = (
    ("Is everything there?", _readiness),
    ("Whom would it have stopped?", _check),
    ("Deploy, in report-only", _deploy),
    ("Is it proven? Not yet", _not_ready),
    ("Add the site that was missing", _add_site),
    ("Is it proven? Now it is", _ready),
    ("Enforce", _enforce),
    ("A stranger, and the service account", _stranger),
    ("Take it back", _relax),
    ("Somebody changes the policy by hand", _drift),
)
