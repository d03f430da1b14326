"""Short messages in octets: 3GPP 23.038 and 23.040, without any input or output.

- `pdu.decode(octets) -> Pdu(smsc, tpdu)` and `pdu.encode(tpdu, smsc=None) -> octets`
- `tpdu.Deliver`, `tpdu.Submit`, `tpdu.StatusReport`: frozen values with `.encode()` and `.address`
- `userdata.UserData(text, octets, header, dcs)`: `.encoding`, `.message_class`, `.concat`, `.ports`, `.truncated`
- `address.Address(number, type_of_number, numbering_plan)`, `Address.of("+14155550100")`
- `segment.split(text, reference=…) -> Segments(encoding, parts)`, `segment.measure(text) -> Measure`
- `concat.join(parts)`, `ucs2.displayable(text)`: texts of several segments; what a JSON encoder takes
- `status.meaning(tp_st) -> ReportStatus`, `validity.Relative.covering(period)`
- `ussd.pack_ussd(text)`, `ussd.unpack_ussd(octets)`
- `errors.DecodeError(field, octet, reason)`, `errors.EncodeError(field, reason)`

Reading is lenient and total: any octets give a value or a `DecodeError`. Writing is strict: `EncodeError`.
"""
