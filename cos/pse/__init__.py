"""The bank environment (银行环境): the contact debit application (借记应用) of JR/T 0025-2010, PBOC 2.0.

``data`` names the data elements, ``transaction`` decides; both are pure: no storage, no key, no clock. Around them
``session`` holds sessions, ``commands`` the rows, the order of checks, GET PROCESSING OPTIONS and GENERATE AC,
``files`` selection and records, ``security`` PIN, issuer and scripts, ``personalisation`` how an application is made.
"""
