"""Only services that ever ran count against the limit."""

from types import SimpleNamespace

from onyxia_hub.service_limit import HAS_RUN, ServiceRecord, service_limit


def record(*, state=None, server=None):
    return SimpleNamespace(state=state, server=server)


def asked_by(**records):
    return SimpleNamespace(current_user=SimpleNamespace(orm_spawners=records))


class _Spawner:
    def start_polling(self):
        self.polls = True

    def get_state(self):
        return {"pid": 7}

    def load_state(self, state):
        self.loaded = state


class _Recorded(ServiceRecord, _Spawner):
    pass


def test_records_of_refused_launches_are_forgiven():
    handler = asked_by(
        ran=record(state={HAS_RUN: True}),
        runs=record(server=object()),
        refused=record(state={}),
        looked_at=record(),
    )

    # Four records, of which two count: JupyterHub compares the number of all with this.
    assert service_limit(10)(handler) == 12


def test_the_default_service_is_not_a_named_one():
    handler = SimpleNamespace(current_user=SimpleNamespace(orm_spawners={"": record()}))

    assert service_limit(10)(handler) == 10


def test_a_program_with_a_token_of_its_own_meets_the_plain_limit():
    assert service_limit(10)(SimpleNamespace(current_user=SimpleNamespace(name="operator"))) == 10


def test_a_service_remembers_that_it_ran_in_its_stored_state():
    spawner = _Recorded()
    assert spawner.get_state() == {"pid": 7}

    spawner.start_polling()
    assert spawner.polls is True
    assert spawner.get_state() == {"pid": 7, HAS_RUN: True}

    later = _Recorded()
    later.load_state(spawner.get_state())
    assert later.get_state() == {"pid": 7, HAS_RUN: True}
    assert later.loaded == {"pid": 7, HAS_RUN: True}
