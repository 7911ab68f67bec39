"""docker-compose.yml fits its own rules: what it names exists, what listens is watched, nothing is open."""

import re
import subprocess
import sys
from itertools import chain

import pytest
import yaml

from scripts.env_example import PROCESSES, model_settings, option_settings
from tests.compose import OURS, ROOT, compose, resolved

SERVICES = compose()["services"]
PORTS = {
    "kafka": {"9092"},
    "postgres": {"5433"},
    "redis": {"6379"},
    "exchange": {"9090", "8228-8233"},
    "rebuilder": {"8085"},
    "market-data": {"8084"},
    "market-maker": {"8888"},
    "ui": {"8080"},
    "prometheus": {"9091"},
    "grafana": {"3000"},
}


def test_the_services_are_the_documented_ones_at_their_ports():
    published = {
        name: {port.removeprefix("127.0.0.1:").rpartition(":")[0] for port in service["ports"]}
        for name, service in SERVICES.items()
    }
    assert published == PORTS


def validated(path):
    """What the schema of the compose specification says of a file."""
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", "-o", "json", path]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_it_fits_the_schema_of_the_compose_specification():
    answer = validated(ROOT / "docker-compose.yml")
    assert answer.returncode == 0, answer.stdout


def test_the_schema_refuses_what_is_not_of_the_specification(tmp_path):
    wrong = tmp_path / "docker-compose.yml"
    wrong.write_text((ROOT / "docker-compose.yml").read_text().replace("healthcheck:", "health_check:", 1))
    answer = validated(wrong)
    assert answer.returncode == 1
    assert "health_check" in answer.stdout


@pytest.mark.parametrize("name", SERVICES)
def test_an_image_of_somebody_elses_has_its_version(name):
    service = SERVICES[name]
    assert ":" in service["image"] or name in OURS, "an image of somebody else's has its version"
    for variable, value in service.get("environment", {}).items():
        assert re.fullmatch(r"[A-Z][A-Z0-9_]*", variable)
        assert isinstance(value, str | int)


@pytest.mark.parametrize("name", SERVICES)
def test_every_port_is_on_loopback_only(name):
    for port in SERVICES[name]["ports"]:
        assert re.fullmatch(r"127\.0\.0\.1:[0-9]+(-[0-9]+)?:[0-9]+(-[0-9]+)?", port)


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_asked_how_it_is(name):
    check = SERVICES[name]["healthcheck"]
    assert set(check) <= {"test", "interval", "timeout", "retries", "start_period"}
    assert check["test"][0] in ("CMD", "CMD-SHELL")
    assert all(isinstance(part, str) for part in check["test"])
    for span in ("interval", "timeout"):
        assert re.fullmatch(r"[0-9]+s", check[span])


@pytest.mark.parametrize("name", OURS)
def test_a_health_check_asks_the_port_the_process_listens_at(name):
    container = SERVICES[name]["ports"][0].rpartition(":")[2]
    assert SERVICES[name]["healthcheck"]["test"][-1] == f"http://127.0.0.1:{container}/health/live"
    told = [*SERVICES[name]["command"], *map(str, SERVICES[name]["environment"].values())]
    assert container in told


@pytest.mark.parametrize("name", SERVICES)
def test_who_it_waits_for_and_what_it_keeps_are_named(name):
    service = SERVICES[name]
    waits = service.get("depends_on", [])
    assert set(waits) <= set(SERVICES)
    if isinstance(waits, dict):
        assert {each["condition"] for each in waits.values()} == {"service_healthy"}
    for volume in service.get("volumes", []):
        source = volume.partition(":")[0]
        assert (ROOT / source).exists() if source.startswith("./") else source in compose()["volumes"]


@pytest.mark.parametrize("name", OURS)
def test_every_setting_exists(name):
    known = {setting for setting, _, _ in chain(option_settings(), *map(model_settings, PROCESSES.values()))}
    assert set(SERVICES[name]["environment"]) <= known


def test_every_default_password_says_what_it_is_for():
    text = (ROOT / "docker-compose.yml").read_text()
    for variable, default in re.findall(r"\$\{([A-Z_]*PASSWORD[A-Z_]*):-([^}]*)\}", text):
        assert default == "development-only", variable
    assert "development-only" in resolved(SERVICES["exchange"]["environment"]["DATABASE_URL"])


def test_what_can_be_set_for_compose_is_in_the_example():
    text = (ROOT / "docker-compose.yml").read_text()
    example = (ROOT / ".env.example").read_text()
    for variable in set(re.findall(r"\$\{([A-Z_]+)", text)):
        assert f"#{variable}=" in example


def test_prometheus_asks_the_processes_where_they_are():
    jobs = yaml.safe_load((ROOT / "deploy" / "prometheus.yml").read_text())["scrape_configs"]
    targets = {target for job in jobs for each in job["static_configs"] for target in each["targets"]}
    published = {f"{name}:{SERVICES[name]['ports'][0].rpartition(':')[2]}" for name in OURS}
    assert targets <= published
