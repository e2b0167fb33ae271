-- On a copy of the database nothing leaves: what is queued waits for a person.
UPDATE res_company SET collection_live = FALSE, collection_statement_policy = 'off';
UPDATE collection_dispatch SET state = 'cancelled' WHERE state IN ('queued', 'to_confirm');
UPDATE collection_digest SET state = 'cancelled' WHERE state = 'queued';
UPDATE mail_mail SET state = 'cancel'
 WHERE state = 'outgoing'
   AND mail_message_id IN (
       SELECT id FROM mail_message
        WHERE model IN ('collection.followup', 'collection.dispatch', 'collection.digest'));
UPDATE sms_sms SET state = 'canceled'
 WHERE state = 'outgoing' AND collection_followup_id IS NOT NULL;
-- No letter reaches a postal provider: nobody is logged in anywhere.
UPDATE collection_postal_provider
   SET active = FALSE, environment = 'sandbox',
       api_url = 'https://neutralized.invalid', auth_url = 'https://neutralized.invalid',
       client_id = NULL, client_secret = NULL, username = NULL, password = NULL;
-- No public source of rates is asked, and its key does not travel.
DELETE FROM ir_config_parameter WHERE key LIKE 'account\_collection.rates\_%';
