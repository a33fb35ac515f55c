vmsilo_unit_test(share-sandbox vmsilo-share-sandbox-core)
