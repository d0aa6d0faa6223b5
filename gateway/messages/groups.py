"""Named groups of bureaus, kept by the bureau that made them and told to nobody else."""

from gateway.messages.models import Group
from gateway.messages.store import MailStore


async def group_named(store: MailStore, name: str) -> Group | None:
    """Return a group of this bureau."""
    content = await store.groups.get(name)
    return None if content is None else Group.model_validate_json(content)


async def all_groups(store: MailStore) -> list[Group]:
    """Return all groups of this bureau, by name."""
    return [Group.model_validate_json(content) for content in await store.groups.all()]


async def put_group(store: MailStore, group: Group) -> None:
    """Remember a group, in place of one of the same name."""
    await store.groups.put(group.name, group.model_dump_json())
