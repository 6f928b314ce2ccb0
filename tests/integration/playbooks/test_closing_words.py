# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run says at its end: what it did, what was so already, where it is kept, and what is still there."""

from __future__ import annotations

import datetime

import pytest
from company import HOME_SITE, OFFICE, READS, SITES
from fleet import BLOCK, succeeded

pytestmark = [pytest.mark.one_ansible, pytest.mark.usefixtures("together")]

LEFT = f"Trusted - {HOME_SITE['name']}"
STAYS = f"No site any more, and still there as a named location: '{LEFT}'."


def said(done):
    for words in [line["result"]["msg"] for line in done.results if line["task"] == "Say what is now true"]:
        assert words == " ".join(words.split()), "no gap where a sentence is left out"
    return " ".join(done.output.split())


def kept(tenant, then="msp.entra.rollback puts it back"):
    """The one file that a run has kept for it, in a folder of its own."""
    (file,) = (tenant.home / f"kept of {tenant.number}").glob("*.jsonl")
    return f"What was there before is in {file}; {then}."


def with_backup(fleet, tenant, playbook):
    done = fleet.set(backup_path=str(tenant.home / f"kept of {tenant.number}")).run(playbook)
    fleet.set(backup_path=None)
    return said(succeeded(done))


def test_an_export_says_what_is_where(company):
    folder = company.tenant.home / "exports"
    file = folder / f"t{company.tenant.number}.yml"
    checked = said(succeeded(company.fleet.run("export", "--check", "-e", f"export_path={folder}")))
    assert (
        not file.exists()
        and f"Check mode: nothing was written. After a real run {file} has 1 named location and" in checked
    )
    done = said(succeeded(company.fleet.run("export", "-e", f"export_path={folder}")))
    assert file.exists() and f"{file} has 1 named location and 2 policies of this tenant." in done
    assert "Check mode" not in done


def test_relaxed_already(company):
    tenant = company.tenant
    done = said(succeeded(company.fleet.run("relax")))
    assert f"'{BLOCK}' was in report-only already, and nothing is changed" in done
    company.fleet.enforce()
    done = with_backup(company.fleet, tenant, "relax")
    assert f"'{BLOCK}' is in report-only: it logs" in done and "already" not in done
    assert kept(tenant, "a rollback of that turns the policy on again") in done
    company.fleet.enforce()
    checked = said(succeeded(company.fleet.run("relax", "--check")))
    assert f"Check mode: nothing was written. After a real run '{BLOCK}' is in report-only: it logs" in checked


def test_validated_when_it_is_on_already(company):
    company.fleet.enforce()
    done = said(succeeded(company.fleet.run("validate")))
    assert f"'{BLOCK}' is enforced already; some checks fail, by which it would not be enforced today." in done
    assert "to be enforced" not in done and "pass The policy is in report-only, or on: on, and it blocks." in done
    company.signs_in("dana", OFFICE, 3)
    done = said(succeeded(company.fleet.run("validate")))
    assert f"'{BLOCK}' is enforced already, and every check passes." in done


def test_enforced_already(company):
    company.signs_in("dana", OFFICE, 3)
    done = with_backup(company.fleet, company.tenant, "enforce")
    assert f"'{BLOCK}' is on: it blocks." in done and "already" not in done and kept(company.tenant) in done
    done = said(succeeded(company.fleet.run("enforce")))
    assert f"'{BLOCK}' was on already and stays on, whatever could not be seen above: it blocks." in done
    # The way back that does not switch it off comes first.
    done = said(succeeded(company.fleet.run("deploy")))
    assert done.index("msp.entra.relax") < done.index("syncro_enforcement=disabled")


def test_a_rollback_and_a_second_one(fleet, tenant):
    backups = tenant.home / f"backups of {tenant.number}"
    succeeded(fleet.set(backup_path=str(backups)).run("deploy"))
    fleet.set(backup_path=None, backup_file=str(next(backups.glob("*.jsonl"))))
    done = with_backup(fleet, tenant, "rollback")
    assert f"'{BLOCK}': deleted" in done and kept(tenant) in done and "before that run already" not in done
    done = said(succeeded(fleet.run("rollback")))
    assert f"'{BLOCK}': left as it is, since it is as it was before that run already" in done
    assert "What was there before" not in done


def test_an_import_says_what_is_so_now(company):
    tenant = company.tenant
    folder = tenant.home / "exports"
    file = folder / f"t{tenant.number}.yml"
    succeeded(company.fleet.run("export", "-e", f"export_path={folder}"))
    company.fleet.set(import_file=str(file))
    done = said(succeeded(company.fleet.run("import")))
    assert f"It was as {file} says already, and nothing is changed." in done
    company.changes_by_hand(state="disabled")
    checked = said(succeeded(company.fleet.run("import", "--check")))
    assert f"Check mode: nothing was written. After a real run this tenant is as {file} says." in checked
    done = with_backup(company.fleet, tenant, "import")
    assert f"This tenant is as {file} says." in done and kept(tenant) in done


def test_a_site_that_is_no_longer_listed(company):
    fleet = company.fleet
    assert "No site any more" not in said(succeeded(fleet.set(syncro_sites=[*SITES, HOME_SITE]).run("deploy")))
    done = said(succeeded(fleet.set(syncro_sites=SITES).run("deploy")))
    assert (
        f"{STAYS} It stays trusted until it is listed with an expires that is past, or deleted in the admin center."
        in done
    )
    checked = said(succeeded(fleet.run("remove", "--check")))
    assert STAYS in checked and "The locations of these sites are removed: Office." in checked
    done = said(succeeded(fleet.run("remove")))
    assert STAYS in done and [one["displayName"] for one in company.tenant.locations()] == [LEFT]


def test_a_moment_is_told_in_one_form(fleet):
    """Without quotes YAML makes another text of it."""
    end = datetime.datetime(2030, 12, 24, 18, tzinfo=datetime.UTC)
    fleet.set(syncro_sites=[{**SITES[0], "expires": end}])
    for playbook in ("deploy", "readiness"):
        done = said(fleet.run(playbook))
        assert "until 2030-12-24T18:00:00Z" in done and "2030-12-24 18:00" not in done, playbook


@pytest.mark.practice(seed={"licences": []}, permissions=READS)
def test_without_a_licence_the_remedy_agrees_with_the_evidence(fleet):
    done = fleet.run("readiness")
    checks = next(line["result"]["checks"] for line in done.results if "checks" in line["result"])
    unread = [one for one in checks if "not for want of a permission" in one["evidence"]]
    assert unread
    for one in unread:
        assert ". The token has " in one["evidence"] and "permission" not in one["remedy"], one
        assert "P1 or P2" in one["remedy"], one
