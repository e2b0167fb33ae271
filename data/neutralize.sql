-- On a copy of the database nothing leaves: what is queued waits for a person.
UPDATE res_company SET collection_live = FALSE;
UPDATE mail_mail SET state = 'cancel'
 WHERE state = 'outgoing'
   AND mail_message_id IN (SELECT id FROM mail_message WHERE model = 'collection.followup');
UPDATE sms_sms SET state = 'canceled'
 WHERE state = 'outgoing' AND collection_followup_id IS NOT NULL;
