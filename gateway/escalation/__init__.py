"""How a bureau shows the Secretariat that another has not answered in time: shared by hits and traces. See ADR 36."""
