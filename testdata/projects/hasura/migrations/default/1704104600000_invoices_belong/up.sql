CREATE FUNCTION invoices_due() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.due_on := coalesce(NEW.due_on, current_date + 14);
  RETURN NEW;
END
$$;
SET lock_timeout = '2s';
ALTER TABLE invoices ADD CONSTRAINT invoices_account_fk FOREIGN KEY (account_id) REFERENCES accounts (id);
