"""A code as a picture: for a mail, and for a page whose rules let nothing style itself."""

import xml.etree.ElementTree as ElementTree

from patency.gateways.qr import png, svg


def test_a_code_is_a_picture_for_a_mail() -> None:
    assert png("7K3MQX4D9ABC").startswith(b"\x89PNG\r\n")
    assert png("7K3MQX4D9ABC") != png("7K3MQX4D9ABD")


def test_a_code_is_a_drawing_for_a_page_without_a_style_or_the_letters_themselves() -> None:
    drawing = svg("7K3MQX4D9ABC")

    assert ElementTree.fromstring(drawing).attrib["viewBox"].startswith("0 0 ")
    assert "style=" not in drawing
    assert "7K3M" not in drawing
