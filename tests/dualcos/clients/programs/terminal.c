/* A terminal on winscard.h alone. Reads one order a line, answers with one line: "open" (ATR and protocol), "close",
   or a command in hex (what SCardTransmit gives). */
#include <stdio.h>
#include <string.h>
#include <winscard.h>

enum { LONGEST = 65544 };

static SCARDCONTEXT context;
static SCARDHANDLE card;
static DWORD protocol;

static void print_hex(const BYTE *bytes, DWORD count)
{
    for (DWORD at = 0; at < count; at++) {
        printf("%02X", bytes[at]);
    }
}

static LONG open_card(void)
{
    static char readers[4096];
    DWORD room = sizeof readers;
    LONG code = SCardListReaders(context, NULL, readers, &room);
    if (code != SCARD_S_SUCCESS) {
        return code;
    }
    SCARD_READERSTATE state = {.szReader = readers, .dwCurrentState = SCARD_STATE_UNAWARE};
    do {
        code = SCardGetStatusChange(context, 10000, &state, 1);
        state.dwCurrentState = state.dwEventState & ~(DWORD)SCARD_STATE_CHANGED;
    } while (code == SCARD_S_SUCCESS && !(state.dwEventState & SCARD_STATE_PRESENT));
    if (code != SCARD_S_SUCCESS) {
        return code;
    }
    code = SCardConnect(context, readers, SCARD_SHARE_SHARED, SCARD_PROTOCOL_ANY, &card, &protocol);
    if (code != SCARD_S_SUCCESS) {
        return code;
    }
    BYTE atr[MAX_ATR_SIZE];
    DWORD atr_length = sizeof atr, name_length = 0, status = 0, active = 0;
    code = SCardStatus(card, NULL, &name_length, &status, &active, atr, &atr_length);
    if (code == SCARD_S_SUCCESS) {
        print_hex(atr, atr_length);
        printf(" %s\n", protocol == SCARD_PROTOCOL_T1 ? "T=1" : "T=0");
    }
    return code;
}

static LONG transmit(const char *order)
{
    static BYTE command[LONGEST], answer[LONGEST];
    DWORD length = 0, got = sizeof answer;
    unsigned int byte;
    while (length < sizeof command && sscanf(order + 2 * length, "%2x", &byte) == 1) {
        command[length++] = (BYTE)byte;
    }
    const SCARD_IO_REQUEST *pci = protocol == SCARD_PROTOCOL_T1 ? SCARD_PCI_T1 : SCARD_PCI_T0;
    LONG code = SCardTransmit(card, pci, command, length, NULL, answer, &got);
    if (code == SCARD_S_SUCCESS) {
        print_hex(answer, got);
        printf("\n");
    }
    return code;
}

int main(void)
{
    static char order[2 * LONGEST];
    LONG code = SCardEstablishContext(SCARD_SCOPE_USER, NULL, NULL, &context);
    if (code != SCARD_S_SUCCESS) {
        fprintf(stderr, "%s\n", pcsc_stringify_error(code));
        return 1;
    }
    while (fgets(order, sizeof order, stdin)) {
        order[strcspn(order, "\n")] = 0;
        if (strcmp(order, "open") == 0) {
            code = open_card();
        } else if (strcmp(order, "close") == 0) {
            code = SCardDisconnect(card, SCARD_UNPOWER_CARD);
            if (code == SCARD_S_SUCCESS) {
                printf("closed\n");
            }
        } else {
            code = transmit(order);
        }
        if (code != SCARD_S_SUCCESS) {
            printf("error: %s\n", pcsc_stringify_error(code));
        }
        fflush(stdout);
    }
    return SCardReleaseContext(context) == SCARD_S_SUCCESS ? 0 : 1;
}
