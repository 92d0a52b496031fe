CREATE TABLE stock (
    item_id  bigint NOT NULL REFERENCES items (id),
    bin_id   bigint NOT NULL REFERENCES bins (id),
    quantity integer NOT NULL,
    PRIMARY KEY (item_id, bin_id)
);

CREATE INDEX stock_bin_id_idx ON stock (bin_id);
