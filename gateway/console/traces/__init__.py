"""The pages of traces: where a firearm came from, asked of bureau after bureau, each against its clock."""
