"""JupyterHub's client without the hub's database layer, each time in a process of its own."""

import subprocess
import sys

LOADED = """
import sys
from onyxia_hub.gateway.jupyterhub_auth import DATABASE_LAYER, services_auth
auth = services_auth()
have, want = {"access:servers!user=a"}, {"access:servers!server=a/x"}
assert auth.check_scopes(want, have) == want
assert not auth.check_scopes(want, {"access:servers!server=b/x", "access:servers!server=a/y"})
assert not auth.check_scopes(want, {"read:users", "access:servers!user=b"})
"""


def run(code):
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_database_layer_is_not_loaded_and_its_placeholders_are_gone():
    run(LOADED + "assert not {'alembic', *DATABASE_LAYER} & set(sys.modules), sys.modules")


def test_whoever_needs_the_database_layer_afterwards_gets_the_real_one():
    run(LOADED + "import sqlalchemy, jupyterhub.orm; assert jupyterhub.orm.User.__tablename__")


def test_a_database_layer_that_is_there_already_stays():
    run("import jupyterhub.orm as orm\n" + LOADED + "assert sys.modules['jupyterhub.orm'] is orm")


def test_the_plain_import_takes_over_when_more_is_needed_than_names():
    # As if a later JupyterHub called the database layer while it is imported.
    needy = """
import sys
from onyxia_hub.gateway import jupyterhub_auth
class Needy(jupyterhub_auth._Placeholder):
    def __getattr__(self, name):
        raise AttributeError(name)
jupyterhub_auth._Placeholder = Needy
"""
    run(needy + LOADED + "assert 'sqlalchemy.orm' in sys.modules")


def test_the_gateway_imports_nothing_else_of_the_package():
    run(
        "import sys, onyxia_hub.gateway.__main__\n"
        "own = ('onyxia_hub', 'onyxia_hub._version', 'onyxia_hub.gateway')\n"
        "names = [each for each in sys.modules if each.startswith('onyxia_hub')]\n"
        "assert all(each in own or each.startswith('onyxia_hub.gateway.') for each in names), names"
    )
