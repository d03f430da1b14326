"""What a refused command means: numbers of 27.005 §3.2.5 and 27.007 §9.2 as errors with stable codes.

The family of the error answers whether the same may be tried again. Numbers decide, never words: with CMEE=2 a
modem answers in its own language.
"""

from __future__ import annotations

from clerkd.at.results import FinalResult, Verdict
from clerkd.errors import ClerkdError, Indeterminate, Permanent, Temporary


class NoNetworkService(Temporary):
    """The modem is not registered."""

    code = "modem.no-network-service"  # CMS 331, CME 30


class NetworkTimeout(Temporary):
    """The network did not answer, before the message was handed over."""

    code = "modem.network-timeout"  # CMS 332, CME 31


class NetworkBusy(Temporary):
    """The network or the message centre has no room just now."""

    code = "modem.network-busy"  # RP causes 22, 27, 38, 41, 42, 47; TP-FCS C0-C5, D0


class FacilityRejected(Temporary):
    """The network does not grant the service just now: congestion, or an account without credit."""

    code = "modem.facility-rejected"  # RP cause 29


class ModemBusy(Temporary):
    """The modem or its SIM is still starting or busy."""

    code = "modem.busy"  # CME 14, 515; CMS 314, 512, 515


class NotAllowed(ModemBusy):
    """The modem does not allow the command now: usual right after its start, and for good when it comes again."""

    code = "modem.not-allowed"  # CMS 302


class StorageFull(Temporary):
    """No memory is left for messages in the modem."""

    code = "modem.storage-full"  # CMS 320, 322, CME 20, 23


class UnknownFault(Temporary):
    """The modem says that something failed and not what."""

    code = "modem.unknown-fault"  # CMS 500, CME 100, ERROR


class NoSim(Permanent):
    """There is no SIM, or the modem cannot use it."""

    code = "modem.no-sim"  # CME 10, 13, 15; CMS 310, 313, 315


class SimLocked(Permanent):
    """The SIM waits for a PIN or PUK."""

    code = "modem.sim-locked"  # CME 11, 12, 17, 18; CMS 311, 312, 316-318


class WrongPin(Permanent):
    """The SIM refused the PIN; it is never tried again."""

    code = "modem.wrong-pin"  # CME 16


class NotSupported(Permanent):
    """The modem does not know or allow the command."""

    code = "modem.not-supported"  # CME 3, 4, 50; CMS 303


class InvalidPdu(Permanent):
    """The modem could not read what was to be sent."""

    code = "modem.invalid-pdu"  # CMS 304, 305


class NoSuchMessage(Permanent):
    """There is no message at that index; it was deleted meanwhile."""

    code = "modem.no-such-message"  # CMS 321, CME 21, 22


class NoServiceCentre(Permanent):
    """The SIM holds no usable message centre number (AT+CSCA)."""

    code = "modem.no-service-centre"  # CMS 330


class NetworkRefused(Permanent):
    """The network or the message centre refused the message for good."""

    code = "modem.network-refused"  # other RP causes (24.011 §8.2.5.4) and TP-FCS (23.040 §9.2.3.22)


class Barred(Permanent):
    """The network refuses the SIM the service: barred, not subscribed, or without credit."""

    code = "modem.barred"  # RP causes 8, 10, 21, 28, 50, 69


class Unanswered(Indeterminate):
    """The message was handed to the modem and no verdict came."""

    code = "modem.unanswered"


_Refusal = type[Temporary] | type[Permanent]

_CMS: dict[int, _Refusal] = {
    **dict.fromkeys((22, 27, 38, 41, 42, 47, *range(0xC0, 0xC6), 0xD0), NetworkBusy),
    **dict.fromkeys((8, 10, 21, 28, 50, 69), Barred),
    29: FacilityRejected,
    302: NotAllowed,
    303: NotSupported,
    304: InvalidPdu,
    305: InvalidPdu,
    **dict.fromkeys((310, 313, 315), NoSim),
    **dict.fromkeys((311, 312, 316, 317, 318), SimLocked),
    **dict.fromkeys((314, 512, 515), ModemBusy),
    320: StorageFull,
    321: NoSuchMessage,
    322: StorageFull,
    330: NoServiceCentre,
    331: NoNetworkService,
    332: NetworkTimeout,
}
_CME: dict[int, _Refusal] = {
    **dict.fromkeys((3, 4, 50), NotSupported),
    **dict.fromkeys((10, 13, 15), NoSim),
    **dict.fromkeys((11, 12, 17, 18), SimLocked),
    **dict.fromkeys((14, 515), ModemBusy),
    16: WrongPin,
    **dict.fromkeys((20, 23), StorageFull),
    **dict.fromkeys((21, 22), NoSuchMessage),
    30: NoNetworkService,
    31: NetworkTimeout,
}
_LAST_TRANSFER_CAUSE = 255  # 1-127 RP causes, 128-255 TP-FCS: what the network said


def refusal(final: FinalResult) -> ClerkdError:
    """Return the error that a final result other than OK means, for any command."""
    number = final.number
    kind: _Refusal
    if number is None:
        kind = UnknownFault
    elif final.verdict is Verdict.CMS:
        kind = _CMS.get(number) or (NetworkRefused if 0 < number <= _LAST_TRANSFER_CAUSE else UnknownFault)
    else:
        kind = _CME.get(number, UnknownFault)
    return kind(f"the modem answered {final.text}", result=final.text)


def submit_refusal(final: FinalResult, *, handed_over: bool) -> ClerkdError:
    """Return the error of a refused submission; `handed_over` when the PDU had been written.

    A network timeout (CMS 332) then says only that no answer came from the network: the message may have.
    """
    error = refusal(final)
    if handed_over and isinstance(error, NetworkTimeout):
        return Unanswered(error.message, result=final.text)
    return error
