"""What lies in deploy/ is checked by the programs that will read it, where they are installed, and by hand always."""

from __future__ import annotations

import re
import shutil
import sqlite3
import subprocess
from pathlib import Path

import pytest

DEPLOY = Path(__file__).parent.parent / "deploy"


def settings(name: str) -> list[str]:
    """Lines without comments."""
    lines = [line.split("#", 1)[0].strip() for line in (DEPLOY / name).read_text("utf-8").splitlines()]
    return [line for line in lines if line]


def test_no_proxy_writes_an_access_log_or_hands_on_an_address() -> None:
    nginx = settings("nginx.conf")
    assert [line for line in nginx if line.startswith("access_log")] == ["access_log off;"]
    assert [line for line in nginx if line.startswith("error_log")] == ["error_log /var/log/nginx/error.log emerg;"]
    assert "proxy_request_buffering off;" in nginx
    assert not [line for line in nginx if "$remote_addr" in line or "$proxy_add_x_forwarded_for" in line]
    caddy = settings("Caddyfile")
    assert [line for line in caddy if re.match(r"log\b", line)] == ["log default {"]
    assert "level PANIC" in caddy
    assert "header_up -X-Forwarded-For" in caddy


def test_the_unit_keeps_memory_off_the_disk_and_the_process_at_home() -> None:
    unit = settings("erstkontakt.service")
    for line in ("LimitCORE=0", "MemorySwapMax=0", "IPAddressDeny=any", "IPAddressAllow=localhost", "UMask=0077",
                 "NoNewPrivileges=yes", "ProtectSystem=strict", "Restart=always"):  # fmt: skip
        assert line in unit


@pytest.mark.skipif(shutil.which("tor") is None, reason="tor is not installed here")
def test_tor_accepts_the_onion_service(tmp_path: Path) -> None:
    file = tmp_path / "torrc"
    file.write_text((DEPLOY / "torrc").read_text("utf-8").replace("/var/lib/tor", str(tmp_path / "tor")), "utf-8")
    done = subprocess.run(["tor", "--verify-config", "-f", str(file)], capture_output=True, text=True)
    assert "Configuration was valid" in done.stdout, done.stdout


@pytest.mark.skipif(shutil.which("caddy") is None, reason="caddy is not installed here")
def test_caddy_accepts_the_proxy() -> None:
    words = ["caddy", "validate", "--config", str(DEPLOY / "Caddyfile"), "--adapter", "caddyfile"]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed here")
def test_nginx_accepts_the_proxy(tmp_path: Path) -> None:
    keys = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=hilfe.example"]
    made = [*keys, "-keyout", str(tmp_path / "privkey.pem"), "-out", str(tmp_path / "fullchain.pem")]
    subprocess.run(made, check=True, capture_output=True)
    text = (DEPLOY / "nginx.conf").read_text("utf-8").replace("/etc/letsencrypt/live/hilfe.example", str(tmp_path))
    text = text.replace("/run/nginx.pid", str(tmp_path / "pid")).replace("/var/log/nginx", str(tmp_path))
    (tmp_path / "nginx.conf").write_text(text, "utf-8")
    done = subprocess.run(["nginx", "-t", "-c", str(tmp_path / "nginx.conf")], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_backup_taken_while_somebody_writes_is_whole_and_old_ones_go(tmp_path: Path) -> None:
    data, target = tmp_path / "data", tmp_path / "backup"
    (data / "directory").mkdir(parents=True)
    (data / "directory" / "00001.ekd").write_bytes(b"EKD1\n")
    target.mkdir()
    old = target / "2020-01-01.sqlite"
    old.touch()
    subprocess.run(["touch", "-d", "20 days ago", str(old)], check=True)
    database = sqlite3.connect(data / "erstkontakt.sqlite")
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("CREATE TABLE entries (envelope BLOB)")
    database.execute("INSERT INTO entries VALUES (?)", (b"sealed",))
    database.commit()
    database.execute("INSERT INTO entries VALUES (?)", (b"not yet committed",))

    done = subprocess.run([str(DEPLOY / "backup.sh"), str(data), str(target)], capture_output=True, text=True)
    database.rollback()
    database.close()
    assert done.returncode == 0, done.stderr
    (copy,) = target.glob("*.sqlite")
    assert copy.name != old.name
    assert copy.stat().st_mode & 0o077 == 0
    read = sqlite3.connect(copy)
    assert read.execute("SELECT envelope FROM entries").fetchall() == [(b"sealed",)]
    read.close()
    assert (target / "directory" / "00001.ekd").exists()


def test_a_backup_of_nothing_is_said_and_leaves_nothing(tmp_path: Path) -> None:
    done = subprocess.run(
        [str(DEPLOY / "backup.sh"), str(tmp_path), str(tmp_path / "b")], capture_output=True, text=True
    )
    assert done.returncode != 0
    assert not list((tmp_path / "b").glob("*.sqlite"))
