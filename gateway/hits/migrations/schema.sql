CREATE TABLE early_requests (
	hit VARCHAR(36) NOT NULL,
	sender VARCHAR(20) NOT NULL,
	message VARCHAR(36) NOT NULL,
	officer VARCHAR(255) NOT NULL,
	signed BIGINT NOT NULL,
	kind VARCHAR(20) NOT NULL,
	form TEXT NOT NULL,
	PRIMARY KEY (hit, sender, message)
);

CREATE INDEX ix_early_requests_signed ON early_requests (signed);

CREATE TABLE hits (
	number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	id VARCHAR(36) NOT NULL,
	side VARCHAR(11) NOT NULL,
	service VARCHAR(40) NOT NULL,
	record VARCHAR(36) NOT NULL,
	owner VARCHAR(20) NOT NULL,
	finder VARCHAR(20) NOT NULL,
	thread VARCHAR(36) NOT NULL,
	stored BIGINT NOT NULL,
	details TEXT NOT NULL,
	state VARCHAR(13) NOT NULL,
	requests SMALLINT NOT NULL,
	promised BOOLEAN NOT NULL,
	late BOOLEAN,
	due BIGINT,
	corrected BIGINT,
	escalate_at BIGINT,
	UNIQUE (id, side)
);

CREATE INDEX hits_record ON hits (service, record);

CREATE INDEX hits_due ON hits (due) WHERE due IS NOT NULL;

CREATE INDEX hits_escalate_at ON hits (escalate_at) WHERE escalate_at IS NOT NULL;

CREATE INDEX hits_stored ON hits (stored);

CREATE TABLE withdrawn_records (
	service VARCHAR(40) NOT NULL,
	record VARCHAR(36) NOT NULL,
	at BIGINT NOT NULL,
	PRIMARY KEY (service, record)
);

CREATE INDEX ix_withdrawn_records_at ON withdrawn_records (at);

CREATE TABLE hit_conclusions (
	number INTEGER NOT NULL,
	hit INTEGER NOT NULL,
	officer VARCHAR(255) NOT NULL,
	at BIGINT NOT NULL,
	conclusion VARCHAR(12) NOT NULL,
	remark TEXT NOT NULL,
	PRIMARY KEY (number),
	FOREIGN KEY(hit) REFERENCES hits (number) ON DELETE CASCADE
);

CREATE INDEX ix_hit_conclusions_hit ON hit_conclusions (hit);

CREATE TABLE hit_steps (
	number INTEGER NOT NULL,
	hit INTEGER NOT NULL,
	message VARCHAR(36) NOT NULL,
	officer VARCHAR(255) NOT NULL,
	signed BIGINT NOT NULL,
	late BOOLEAN NOT NULL,
	kind VARCHAR(20) NOT NULL,
	form TEXT NOT NULL,
	PRIMARY KEY (number),
	FOREIGN KEY(hit) REFERENCES hits (number) ON DELETE CASCADE
);

CREATE INDEX ix_hit_steps_hit ON hit_steps (hit);
