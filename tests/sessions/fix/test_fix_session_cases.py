"""The public FIX session test cases as scripts of our own, and Kalshi's rules on top (script.py says how to read one).

The numbers in the names are those of the test case list for an acceptor; KalshiRT, which can resend, is the
session unless the script's first word says otherwise.
"""

import pytest

from tests.sessions.fix.script import Script

ORDER = "35=D|11=a|38=10|40=2|44=55|54=1|55=FED-1|59=1"
REPORT = "35=8|37=o|11=a|17=1;0|150=0|39=0|54=1|55=FED-1|151=10|14=0|6=0|38=10"

CASES: dict[str, str] = {
    # --- 1: logging on ---
    "1a logon with the expected MsgSeqNum is answered": """
        LOGON 141=Y
        E 35=A|34=1|98=0|108=30|141=Y|1137=9
        N""",
    "1a logon with MsgSeqNum too high is answered, then what is missing asked for": """
        LOGON 34=5
        E 35=A|34=1|98=0|108=30|1137=9
        E 35=2|34=2|7=1|16=0""",
    "1a logon with MsgSeqNum too low is refused": """
        IN
        I 35=0
        D
        LOGON 34=2
        E 35=5|58=MsgSeqNum too low, expecting 3 but received 2
        X too low""",
    "1b a second connection of a live key is refused with already exists": """
        TAKEN
        LOGON 141=Y
        E 35=5|34=1|58=already exists
        X already exists""",
    "1c a logon of an unknown key is refused": """
        LOGON 141=Y|49=11111111-2222-4333-8444-555555555555
        K 35=5|58=unknown key
        X unknown key""",
    "1c a logon to an unknown session is refused": """
        LOGON 141=Y|56=KalshiXX
        K 35=5|58=Unknown TargetCompID
        X TargetCompID""",
    "1c a logon without SenderCompID gets no answer": """
        LOGON 141=Y|!49
        N
        X CompIDs""",
    "1d a logon with a wrong SendingTime is rejected and logged out": """
        LOGON 141=Y|52=+31
        E 35=3|45=1|371=52|372=A|373=10
        E 35=5|58=SendingTime accuracy problem
        X SendingTime""",
    "1d a logon with SendingTime 30 s off is let in": """
        LOGON 141=Y|52=-30
        E 35=A|98=0|108=30|141=Y|1137=9""",
    "1d a garbled logon gets no answer": """
        LOGON 141=Y|10=000
        N
        X garbled""",
    "1d a logon with a wrong BodyLength gets no answer": """
        LOGON 141=Y|9=-3
        N
        X garbled""",
    "1d a logon with the wrong BeginString is logged out": """
        LOGON 141=Y|8=FIX.4.2
        E 35=5|58=Incorrect BeginString
        X BeginString""",
    "1d a logon without a required tag is rejected and logged out": """
        LOGON 141=Y|!108
        E 35=3|45=1|371=108|372=A|373=1
        E 35=5
        X Required tag missing""",
    "1d a logon without RawData is rejected and logged out": """
        LOGON 141=Y|!96
        E 35=3|45=1|371=96|372=A|373=1
        E 35=5
        X Required tag missing""",
    "1d a logon with another application version is rejected and logged out": """
        LOGON 141=Y|1137=7
        E 35=3|45=1|371=1137|372=A|373=5
        E 35=5
        X incorrect""",
    "1d a logon with encryption is rejected and logged out": """
        LOGON 141=Y|98=1
        E 35=3|45=1|371=98|372=A|373=5
        E 35=5
        X incorrect""",
    "1d a logon with a bad signature is logged out": """
        LOGON 141=Y|96=bad
        E 35=5|58=signature is wrong
        X signature""",
    "1d a logon with a wrong RawDataLength is rejected and logged out": """
        LOGON 141=Y|95=9
        E 35=3|45=1|371=95|372=A|373=5
        E 35=5
        X incorrect""",
    "1d a logon with a HeartBtInt of 3 is logged out": """
        LOGON 141=Y|108=3
        E 35=5|58=HeartBtInt must be greater than 3
        X HeartBtInt""",
    "1d a logon with a negative HeartBtInt is logged out": """
        LOGON 141=Y|108=-30
        E 35=5|58=HeartBtInt must be greater than 3
        X HeartBtInt""",
    "1d a logon without MsgSeqNum is logged out": """
        LOGON 141=Y|!34
        E 35=5
        X MsgSeqNum""",
    "1e a first message that is no logon closes without an answer": """
        I 35=0
        N
        X not a Logon""",
    "1e a connection that says nothing is closed": """
        T 9
        N
        T 1
        N
        X no Logon""",
    "1 a reset logon must have MsgSeqNum 1": """
        LOGON 141=Y|34=4
        E 35=5|58=MsgSeqNum too high, expecting 1 but received 4
        X too high""",
    # --- Kalshi's rules of the logon ---
    "logon without reset is refused where nothing can be resent": """
        KalshiNR
        LOGON
        E 35=5|58=ResetSeqNumFlag must be Y on KalshiNR
        X ResetSeqNumFlag""",
    "logon without reset is refused on RFQ": """
        KalshiRFQ
        LOGON
        E 35=5|58=ResetSeqNumFlag must be Y on KalshiRFQ
        X ResetSeqNumFlag""",
    "logon without reset goes on where it stopped on PT": """
        KalshiPT
        LOGON
        E 35=A|34=1|98=0|108=30|1137=9
        D
        LOGON
        E 35=A|34=2|98=0|108=30|1137=9""",
    "a listener must skip the pending reports": """
        LOGON 141=Y|20126=Y
        E 35=5|58=ListenerSession requires SkipPendingExecReports=Y
        X ListenerSession""",
    "a listener cannot cancel on disconnect": """
        LOGON 141=Y|20126=Y|21011=Y|8013=Y
        E 35=5
        X CancelOrdersOnDisconnect""",
    "a listener is not let in on the drop copy session": """
        KalshiDC
        LOGON 141=Y|20126=Y|21011=Y
        E 35=5|58=ListenerSession is not available on KalshiDC
        X ListenerSession""",
    "a listener cannot send orders": f"""
        KalshiNR
        LOGON 141=Y|20126=Y|21011=Y
        E 35=A|98=0|108=30|141=Y|1137=9
        I {ORDER}
        E 35=j|45=2|372=D|380=6
        N""",
    "a retention of more than 72 hours is rejected": """
        LOGON 141=Y|20200=73
        E 35=3|45=1|371=20200|372=A|373=5
        E 35=5
        X incorrect""",
    "a client that says what it expects gets what it missed after the logon": f"""
        IN
        S {REPORT}
        E {REPORT}|34=2
        S {REPORT}
        E {REPORT}|34=3
        D
        LOGON 789=3
        E 35=A|34=4|98=0|108=30|789=3|1137=9
        E {REPORT}|34=3|43=Y
        E 35=4|34=4|43=Y|123=Y|36=5""",
    "a client that expects a number beyond ours is logged out": """
        LOGON 789=7
        E 35=5|58=NextExpectedMsgSeqNum too high, expecting 1 but received 7
        X too high""",
    # --- 2: receiving messages ---
    "2a a message with the expected MsgSeqNum is taken": f"""
        IN
        I {ORDER}
        A 35=D|11=a
        N""",
    "2b MsgSeqNum too high is asked for again, and the message taken when it comes again": f"""
        IN
        I {ORDER}|34=4
        E 35=2|7=2|16=0
        N
        I 35=4|34=2|43=Y|122=+0|123=Y|36=4
        I 43=Y|122=-1|{ORDER}|34=4
        A 35=D|11=a
        N""",
    "2b one gap is asked for once": """
        IN
        I 35=0|34=4
        E 35=2|7=2|16=0
        I 35=0|34=5
        I 35=0|34=6
        N""",
    "2b a gap that stays is asked for again after HeartBtInt": """
        IN
        I 35=0|34=4
        E 35=2|7=2|16=0
        T 29
        I 35=0|34=5
        T 1
        E 35=0
        I 35=0|34=6
        E 35=2|7=2|16=0""",
    "2b MsgSeqNum too high ends a session that cannot resend": """
        KalshiNR
        IN
        I 35=0|34=4
        E 35=5|58=MsgSeqNum too high, expecting 2 but received 4
        X too high""",
    "2c MsgSeqNum too low without PossDupFlag ends the session": """
        IN
        I 35=0|34=1
        E 35=5|58=MsgSeqNum too low, expecting 2 but received 1
        X too low""",
    "2d a garbled message is dropped and its number not counted": f"""
        IN
        I {ORDER}|10=999
        N
        I {ORDER}|34=2
        A 35=D
        N""",
    "2e a possible duplicate that was had is dropped": f"""
        IN
        I {ORDER}
        A 35=D
        I 43=Y|122=-1|{ORDER}|34=2
        N""",
    "2e a possible duplicate that was not had is taken": f"""
        IN
        I 43=Y|122=-1|{ORDER}|34=2
        A 35=D
        N""",
    "2f a possible duplicate with OrigSendingTime after SendingTime is rejected and logged out": """
        IN
        I 35=0|43=Y|122=+5
        E 35=3|45=2|371=122|372=0|373=10
        E 35=5
        X SendingTime""",
    "2g a possible duplicate without OrigSendingTime is rejected": """
        IN
        I 35=0|43=Y
        E 35=3|45=2|371=122|372=0|373=1
        I 35=1|112=on
        E 35=0|112=on""",
    "2i another BeginString ends the session": """
        IN
        I 35=0|8=FIX.4.4
        E 35=5|58=Incorrect BeginString
        X BeginString""",
    "2k another SenderCompID is rejected and logged out": """
        IN
        I 35=0|49=11111111-2222-4333-8444-555555555555
        E 35=3|45=2|371=49|372=0|373=9
        E 35=5|58=CompID problem
        X CompID""",
    "2k another TargetCompID is rejected and logged out": """
        IN
        I 35=0|56=KalshiNR
        E 35=3|45=2|371=56|372=0|373=9
        E 35=5
        X CompID""",
    "2m a BodyLength that is too short drops the message": """
        IN
        I 35=0|9=-1
        N
        I 35=1|34=2|112=on
        E 35=0|112=on""",
    "2m a BodyLength that is too long drops the message, not the next one": """
        IN
        I 35=0|9=+40
        N
        I 35=1|34=2|112=on
        E 35=0|112=on""",
    "2o a SendingTime more than 30 s behind is rejected and logged out": """
        IN
        I 35=0|52=-31
        E 35=3|45=2|371=52|372=0|373=10
        E 35=5
        X SendingTime""",
    "2o a SendingTime that is no time is rejected and logged out": """
        IN
        I 35=0|52=yesterday
        E 35=3|45=2|371=52|372=0|373=10
        E 35=5
        X SendingTime""",
    "2o a message without SendingTime is rejected": """
        IN
        I 35=0|!52
        E 35=3|45=2|371=52|372=0|373=1
        N""",
    "2q a MsgType that is none is rejected": """
        IN
        I 35=ZZ9
        E 35=3|45=2|371=35|372=ZZ9|373=11
        N""",
    "2r a MsgType that Kalshi does not have is unsupported": """
        IN
        I 35=AE
        E 35=j|45=2|372=AE|380=3
        N""",
    "2r a MsgType of another session kind is unsupported": """
        KalshiNR
        IN
        I 35=V|263=1|146=1|55=FED-1
        E 35=j|45=2|372=V|380=3
        N""",
    "2r a MsgType that only the venue sends is unsupported": f"""
        IN
        I {REPORT}
        E 35=j|45=2|372=8|380=3
        N""",
    "2s a message without MsgSeqNum ends the session": """
        IN
        I 35=0|!34
        E 35=5
        X MsgSeqNum""",
    "2s a message with an empty MsgSeqNum ends the session": """
        IN
        I 35=0|34=
        E 35=5
        X MsgSeqNum""",
    "2t the first three fields out of order are garbled": """
        IN
        R 8=FIXT.1.1|35=0|9=5|34=2|10=100|
        N
        I 35=1|34=2|112=on
        E 35=0|112=on""",
    # --- 3: the trailer ---
    "3b a wrong CheckSum drops the message": """
        IN
        I 35=1|112=off|10=000
        N
        I 35=1|34=2|112=on
        E 35=0|112=on""",
    "3c noise between messages is passed over": """
        IN
        R noise|8=FI|8=FIXT.1.1|9=x|10=100|
        N
        I 35=1|34=2|112=on
        E 35=0|112=on""",
    # --- 4, 5, 6: heartbeats ---
    "4a a heartbeat goes out when nothing was sent for HeartBtInt": """
        IN
        T 29
        N
        T 1
        E 35=0""",
    "4b a TestRequest is answered with its id": """
        IN
        I 35=1|112=are you there
        E 35=0|112=are you there""",
    "4c a heartbeat is taken": """
        IN
        I 35=0
        N""",
    "4e a heartbeat that answers nothing is taken": """
        IN
        I 35=0|112=nobody asked
        N""",
    "6 silence is questioned, and the answer keeps the session": """
        IN
        T 36
        E 35=0
        E 35=1|112=1
        I 35=0|112=1
        T 24
        N""",
    "6 silence for two heartbeat intervals ends the session": """
        IN
        T 60
        E 35=0
        E 35=1|112=1
        X heartbeat timeout""",
    # --- 7, 8, 9: rejects, resends ---
    "7 a reject from the client is taken": """
        IN
        I 35=3|45=1|58=no
        N""",
    "8 application messages are resent with their first SendingTime": f"""
        IN
        S {REPORT}
        E {REPORT}|34=2
        T 3
        I 35=2|7=2|16=2
        E {REPORT}|34=2|43=Y|122=-3|52=+0""",
    "8 admin messages are gap-filled": """
        IN
        I 35=1|112=x
        E 35=0|112=x
        I 35=2|7=1|16=0
        E 35=4|34=1|43=Y|123=Y|36=3""",
    "8 a range of both is resent in order, and the end stays open": f"""
        IN
        I 35=1|112=x
        E 35=0|34=2|112=x
        S {REPORT}
        E {REPORT}|34=3
        I 35=1|112=y
        E 35=0|34=4|112=y
        S {REPORT}
        E {REPORT}|34=5
        I 35=2|7=1|16=0
        E 35=4|34=1|43=Y|123=Y|36=3
        E {REPORT}|34=3|43=Y
        E 35=4|34=4|43=Y|123=Y|36=5
        E {REPORT}|34=5|43=Y""",
    "8 a range that ends before the last message stops there": f"""
        IN
        S {REPORT}
        E {REPORT}|34=2
        S {REPORT}
        E {REPORT}|34=3
        I 35=2|7=1|16=2
        E 35=4|34=1|43=Y|123=Y|36=2
        E {REPORT}|34=2|43=Y
        N""",
    "8 an end beyond the last message means the last": """
        IN
        I 35=2|7=1|16=999999
        E 35=4|34=1|43=Y|123=Y|36=2""",
    "8 a range that begins beyond the last message is rejected": """
        IN
        I 35=2|7=9|16=0
        E 35=3|45=2|371=7|372=2|373=5""",
    "8 a range before the retention window is rejected": f"""
        LOGON 141=Y|20200=1
        E 35=A|98=0|108=30|141=Y|1137=9
        S {REPORT}
        E {REPORT}|34=2
        D
        T 3601
        LOGON 20200=1
        E 35=A|34=3|98=0|108=30|1137=9
        I 35=2|7=2|16=0
        E 35=3|45=3|371=7|372=2|373=5
        N""",
    "8 a resend request is an invalid type where nothing can be resent": """
        KalshiNR
        IN
        I 35=2|7=1|16=0
        E 35=3|45=2|371=35|372=2|373=11""",
    "9 what was sent while the client was away is resent when asked": f"""
        IN
        D
        S {REPORT}
        N
        LOGON
        E 35=A|34=3|98=0|108=30|1137=9
        I 35=2|7=2|16=0
        E {REPORT}|34=2|43=Y
        E 35=4|34=3|43=Y|123=Y|36=4""",
    # --- 10, 11: SequenceReset ---
    "10a a gap fill with MsgSeqNum too high is a gap": """
        IN
        I 35=4|34=5|123=Y|36=9
        E 35=2|7=2|16=0""",
    "10b a gap fill with the expected MsgSeqNum moves on": """
        IN
        I 35=4|34=2|123=Y|36=7
        I 35=1|34=7|112=x
        E 35=0|112=x""",
    "10c a gap fill with MsgSeqNum too low is dropped if a possible duplicate": """
        IN
        I 35=4|34=1|43=Y|122=+0|123=Y|36=7
        N
        I 35=1|34=2|112=x
        E 35=0|112=x""",
    "10d a gap fill with MsgSeqNum too low ends the session": """
        IN
        I 35=4|34=1|123=Y|36=7
        E 35=5
        X too low""",
    "10e a gap fill that does not move on is rejected": """
        IN
        I 35=4|34=2|123=Y|36=2
        E 35=3|45=2|371=36|372=4|373=5
        I 35=1|34=3|112=x
        E 35=0|112=x""",
    "11a a reset to a higher number is taken whatever its MsgSeqNum": """
        IN
        I 35=4|34=77|36=20
        I 35=1|34=20|112=x
        E 35=0|112=x""",
    "11b a reset to the expected number changes nothing": """
        IN
        I 35=4|34=2|36=2
        N
        I 35=1|34=2|112=x
        E 35=0|112=x""",
    "11c a reset to a lower number is rejected and changes nothing": """
        IN
        I 35=4|34=2|36=1
        E 35=3|45=2|371=36|372=4|373=5|58=Attempt to lower sequence number, invalid value NewSeqNo=1
        I 35=1|34=2|112=x
        E 35=0|112=x""",
    "11 a sequence reset is an invalid type where nothing can be resent": """
        KalshiMD
        IN
        I 35=4|34=2|36=9
        E 35=3|45=2|371=35|372=4|373=11""",
    "11 a sequence reset that is rejected counts as the message it is": """
        KalshiNR
        IN
        I 35=4|36=9
        E 35=3|45=2|371=35|372=4|373=11
        I 35=1|34=3|112=x
        E 35=0|112=x""",
    # --- 12, 13: logging out ---
    "12 the venue logs out and the answer ends the session": """
        IN
        L maintenance
        E 35=5|58=maintenance
        N
        I 35=5
        N
        X logged out""",
    "12 a logout that is not answered ends the session": """
        IN
        L maintenance
        E 35=5|58=maintenance
        T 5
        X not answered""",
    "12 orders are not taken once the venue has said logout": f"""
        IN
        L maintenance
        E 35=5|58=maintenance
        I {ORDER}
        N""",
    "12 a resend is still done once the venue has said logout": f"""
        IN
        S {REPORT}
        E {REPORT}
        L maintenance
        E 35=5|58=maintenance
        I 35=2|7=2|16=2
        E {REPORT}|34=2|43=Y""",
    "12 a logon with reset does not revive a session the venue has logged out": """
        IN
        L maintenance
        E 35=5|58=maintenance
        LOGON 34=2|141=Y
        N
        T 5
        X not answered""",
    "13 a logout is answered without text and ends the session": """
        IN
        I 35=5|58=good night
        E 35=5|34=2
        X logged out by the client""",
    "13 a logout with MsgSeqNum too high is answered": """
        IN
        I 35=5|34=9
        E 35=5
        X logged out by the client""",
    "13 nothing behind a logout is taken": f"""
        IN
        I 35=5
        E 35=5
        I {ORDER}
        N
        X""",
    # --- 14: structure ---
    "14a a tag that is no number is rejected": f"""
        IN
        I {ORDER}|abc=1
        E 35=3|45=2|372=D|373=0
        N""",
    "14a tag 0 is rejected": f"""
        IN
        I {ORDER}|0=1
        E 35=3|45=2|371=0|372=D|373=0""",
    "14a a tag with a leading zero is rejected": f"""
        IN
        I {ORDER}|060=1
        E 35=3|45=2|371=060|372=D|373=0""",
    "14a an undefined tag is rejected in Kalshi's words": f"""
        IN
        I {ORDER}|333333=test
        E 35=3|45=2|371=333333|372=D|373=3|58=Undefined tag received
        N""",
    "14b a missing required tag is rejected": """
        IN
        I 35=D|11=a|40=2|44=55|54=1|55=FED-1
        E 35=3|45=2|371=38|372=D|373=1
        I 35=1|112=x
        E 35=0|112=x""",
    "14c a tag of other messages is rejected": f"""
        IN
        I {ORDER}|112=x
        E 35=3|45=2|371=112|372=D|373=2""",
    "14d a tag without a value is rejected": """
        IN
        I 35=D|11=|38=10|40=2|44=55|54=1|55=FED-1
        E 35=3|45=2|371=11|372=D|373=4""",
    "14e a value that is none of the tag's is rejected": """
        IN
        I 35=D|11=a|38=10|40=2|44=55|54=7|55=FED-1
        E 35=3|45=2|371=54|372=D|373=5""",
    "14e a value out of range is rejected": f"""
        IN
        I {ORDER}|79=64
        E 35=3|45=2|371=79|372=D|373=5""",
    "14f a value of another type is rejected": """
        IN
        I 35=D|11=a|38=ten|40=2|44=55|54=1|55=FED-1
        E 35=3|45=2|371=38|372=D|373=6""",
    "14f a time that is none is rejected": f"""
        IN
        I {ORDER}|126=20261301-00:00:00
        E 35=3|45=2|371=126|372=D|373=6""",
    "14f a value that is not ASCII is rejected": """
        IN
        I 35=D|11=é|38=10|40=2|44=55|54=1|55=FED-1
        E 35=3|45=2|371=11|372=D|373=6""",
    "14g a header tag in the body is rejected": f"""
        IN
        I {ORDER}|43=N
        E 35=3|45=2|371=43|372=D|373=14""",
    "14h a tag that stands twice is rejected": f"""
        IN
        I {ORDER}|11=b
        E 35=3|45=2|371=11|372=D|373=13
        N""",
    "14i a group with fewer entries than it counts is rejected": """
        KalshiMD
        IN
        I 35=V|263=1|146=3|55=A|55=B
        E 35=3|45=2|371=146|372=V|373=16""",
    "14i a group with more entries than it counts is rejected": """
        KalshiMD
        IN
        I 35=V|263=1|146=1|55=A|55=B
        E 35=3|45=2|371=55|372=V|373=2""",
    "14j a group that does not start with its first tag is rejected": f"""
        IN
        I {ORDER}|453=1|452=24|448=me
        E 35=3|45=2|371=452|372=D|373=15""",
    "14k a member of a group without its group is rejected": f"""
        IN
        I {ORDER}|448=me
        E 35=3|45=2|371=448|372=D|373=2""",
    "14m a tag required by circumstance is missing for business": """
        IN
        I 35=D|11=a|38=10|40=2|44=55|54=1|55=FED-1|59=6
        E 35=j|45=2|371=126|372=D|380=5
        N""",
    "15 body fields may come in any order": """
        IN
        I 35=D|55=FED-1|54=1|44=55|40=2|38=10|11=a
        A 35=D|11=a
        N""",
    # --- 19, 20, and the rest of the list ---
    "19 a possible resend is handed over and says so": f"""
        IN
        I 97=Y|{ORDER}
        A 35=D|97=Y
        N""",
    "20 both sides ask for a resend at once, and both get it": f"""
        IN
        S {REPORT}
        E {REPORT}|34=2
        I 35=2|34=4|7=2|16=0
        E {REPORT}|34=2|43=Y
        E 35=2|34=3|7=2|16=0
        I 35=4|34=2|43=Y|122=+0|123=Y|36=5
        I 35=1|34=5|112=x
        E 35=0|34=4|112=x""",
    "a logon on a live session ends it": """
        IN
        LOGON 34=2
        E 35=5
        X Logon received""",
    "a logon with reset on a live session starts both numbers again": """
        IN
        I 35=0
        LOGON 34=1|141=Y
        E 35=A|34=1|98=0|108=30|141=Y|1137=9
        I 35=1|34=2|112=x
        E 35=0|34=2|112=x""",
    "a logon with reset and a bad signature ends a live session": """
        IN
        LOGON 34=1|141=Y|96=bad
        E 35=5|58=signature is wrong
        X signature""",
    "a rejected message that is resent is rejected again": """
        IN
        I 35=D|34=3|11=a
        E 35=2|7=2|16=0
        I 35=4|34=2|43=Y|122=+0|123=Y|36=3
        I 35=D|34=3|43=Y|122=-1|11=a
        E 35=3|45=3|371=38|372=D|373=1""",
    "routing fields of third parties are passed over": """
        IN
        I 115=X|128=Y|35=1|112=x
        E 35=0|112=x""",
}


@pytest.mark.parametrize("name", CASES)
def test_session_case(name: str):
    lines = [line.strip() for line in CASES[name].strip().splitlines()]
    kind = lines.pop(0) if lines[0].startswith("Kalshi") else "KalshiRT"
    script = Script(kind)
    script.run("\n".join(lines))
    assert (script.closed is not None) == any(line.split()[0] == "X" for line in lines)
