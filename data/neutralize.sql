-- On a copy of the database nothing leaves: what is queued waits for a person.
UPDATE res_company SET collection_live = FALSE;
UPDATE mail_mail SET state = 'cancel'
 WHERE state = 'outgoing'
   AND mail_message_id IN (SELECT id FROM mail_message
                            WHERE model IN ('collection.followup', 'collection.digest'));
UPDATE collection_digest SET state = 'cancelled' WHERE state = 'queued';
