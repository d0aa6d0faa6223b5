"""The pages of auditors: what was asked and shown, why, and what proves it; witnesses, alarms and figures."""
