"""Three doors, one spool: IMAP, SMTP/LMTP and webhooks only store; routing reads later."""
