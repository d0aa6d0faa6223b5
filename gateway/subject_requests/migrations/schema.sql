CREATE TABLE subject_requests (
	sequence INTEGER NOT NULL,
	id VARCHAR(36) NOT NULL,
	year SMALLINT NOT NULL,
	number INTEGER NOT NULL,
	kind VARCHAR(10) NOT NULL,
	state VARCHAR(12) NOT NULL,
	received DATE NOT NULL,
	entered BIGINT NOT NULL,
	admitted DATE,
	due DATE,
	outcome VARCHAR(14),
	forget_on DATE,
	last_record SMALLINT NOT NULL,
	subject TEXT,
	statement TEXT,
	reasons TEXT,
	revises VARCHAR(36),
	revised_kind VARCHAR(10),
	discovered DATE,
	new_fact TEXT,
	PRIMARY KEY (sequence),
	UNIQUE (year, number),
	UNIQUE (id)
);

CREATE INDEX subject_requests_forget ON subject_requests (forget_on) WHERE forget_on IS NOT NULL;

CREATE TABLE subject_records (
	request INTEGER NOT NULL,
	number SMALLINT NOT NULL,
	service VARCHAR(40) NOT NULL,
	path VARCHAR(40) NOT NULL,
	record VARCHAR(36) NOT NULL,
	owner VARCHAR(20) NOT NULL,
	act VARCHAR(8),
	officer VARCHAR(255),
	corrections TEXT,
	state VARCHAR(11) NOT NULL,
	attempts INTEGER NOT NULL,
	due BIGINT,
	problem TEXT,
	refused BOOLEAN NOT NULL,
	proof TEXT,
	PRIMARY KEY (request, number),
	UNIQUE (request, service, path, record),
	FOREIGN KEY(request) REFERENCES subject_requests (sequence)
);

CREATE INDEX subject_records_due ON subject_records (due) WHERE due IS NOT NULL;

CREATE TABLE subject_steps (
	number INTEGER NOT NULL,
	request INTEGER NOT NULL,
	at BIGINT NOT NULL,
	officer VARCHAR(255) NOT NULL,
	step VARCHAR(20) NOT NULL,
	record SMALLINT,
	reason TEXT,
	PRIMARY KEY (number),
	FOREIGN KEY(request) REFERENCES subject_requests (sequence)
);

CREATE INDEX ix_subject_steps_request ON subject_steps (request);
