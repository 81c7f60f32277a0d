"""An ordinary PC/SC program: reads the holder's name on the social side, then asks the bank side for a cryptogram.

It knows nothing of dualcos. Run it in a shell where PCSCLITE_CSOCK_NAME is set, or with `dualcos run -- python …`.
"""

from smartcard.System import readers


def main() -> None:
    connection = readers()[0].createConnection()
    connection.connect()

    def send(command: str) -> bytes:
        data, sw1, sw2 = connection.transmit(list(bytes.fromhex(command)))
        while sw1 == 0x61:  # T=0: the answer waits
            more, sw1, sw2 = connection.transmit([0x00, 0xC0, 0x00, 0x00, sw2])
            data += more
        if (sw1, sw2) != (0x90, 0x00):
            raise SystemExit(f"{command[:8]} was answered {sw1:02X}{sw2:02X}")
        return bytes(data)

    print("reader     ", connection.getReader())
    print("ATR        ", bytes(connection.getATR()).hex().upper())

    send("00A404000F" + "sx1.sh.社会保障".encode("gbk").hex())  # the social-security environment
    send("00A4020002EF06")  # holder data
    name = send("00B2090020")  # the record with tag 09, 32 bytes
    print("name       ", name[2:].rstrip(b"\0").decode("gbk"))

    send("00A4040007A0000003330101")  # the debit application, by partial name
    send("80A800000B8309" + "00" + "000000012345" + "0156")  # PDOL: 9F7A, amount, currency
    send("0020008008" + "241234FFFFFFFFFF")  # offline PIN 1234
    transaction = (
        "000000012345" + "000000000000" + "0156" + "0000048000" + "0156" + "261124" + "00" + "3F7C21A9" + "143052"
    )
    answer = send("80AE800034" + transaction + b"TEST SHOP".ljust(20).hex())
    kind = {0x00: "AAC, declined", 0x40: "TC, approved offline", 0x80: "ARQC, please ask the bank"}[answer[2] & 0xC0]
    print("GENERATE AC", kind)
    print("  ATC      ", answer[3:5].hex().upper())
    print("  cryptogram", answer[5:13].hex().upper())
    print("  IAD      ", answer[13:].hex().upper())


if __name__ == "__main__":
    main()
