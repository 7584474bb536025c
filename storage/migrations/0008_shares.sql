-- What was spent of a purse, step by step; nothing is ever changed. The key is what makes it a
-- chain: nobody can add a second n-th step, so no two spend the same.
CREATE TABLE shares (
    course  INTEGER NOT NULL,
    person  TEXT NOT NULL,    -- or the course's own day or month
    n       INTEGER NOT NULL,
    turn_id INTEGER,          -- NULL: a gift of staff
    kind    TEXT NOT NULL,    -- spent, back, gift
    amount  REAL NOT NULL,    -- seconds of hearts; of money, millionths of a US dollar
    used    REAL NOT NULL,    -- of the purse, at that time
    at      REAL NOT NULL,
    PRIMARY KEY (course, person, n),
    UNIQUE (course, person, turn_id, kind)
);
