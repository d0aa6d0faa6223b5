"""What a log is that lost a part of itself behind its back."""

from shared.errors import Refusal


class LogDamaged(Refusal, status=500, code="audit-log-damaged", title="The audit log is damaged"):
    """Leaves are missing that the log has signed for, or what stands behind them: it can prove nothing of them."""
