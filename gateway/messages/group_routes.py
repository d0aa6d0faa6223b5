"""The routes of groups of bureaus."""

from gateway.messages.operations import NAME, Operations, Reader, Writer
from shared.audit.disclosure_router import service_router
from shared.errors import NotFound
from shared.mailbox import rules
from shared.mailbox.group_models import Group, GroupEntry, GroupName, Groups
from shared.web.problems import refusals

router = service_router(NAME, rules.NotStored)


@router.get("/groups")
async def list_groups(_: Reader, operations: Operations) -> Groups:
    """List the groups of bureaus that your bureau has made."""
    return Groups(items=await operations.mailbox.reading.groups.all())


@router.get("/groups/{name}", responses=refusals(NotFound))
async def get_group(name: GroupName, _: Reader, operations: Operations) -> Group:
    """Get a group."""
    group = await operations.mailbox.reading.groups.get(name)
    if group is None:
        raise NotFound(f"your bureau has no group {name}")
    return group


@router.put("/groups/{name}", responses=refusals(rules.NameTaken))
async def update_group(name: GroupName, entry: GroupEntry, _: Writer, operations: Operations) -> Group:
    """Update a group of bureaus, or create it.

    Messages already sent are not affected.
    """
    rules.require_group_name(name)
    group = Group(**entry.model_dump(), name=name, updated=operations.bureau.clock.now())
    await operations.mailbox.write(lambda store: store.groups.put(group))
    return group


@router.delete("/groups/{name}", status_code=204, responses=refusals(NotFound))
async def delete_group(name: GroupName, _: Writer, operations: Operations) -> None:
    """Delete a group."""
    if not await operations.mailbox.write(lambda store: store.groups.drop(name)):
        raise NotFound(f"your bureau has no group {name}")
