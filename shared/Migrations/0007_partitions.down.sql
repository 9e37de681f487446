DROP FUNCTION legal_hold_of;
DROP TABLE legal_holds, partition_archives, partition_policies;
