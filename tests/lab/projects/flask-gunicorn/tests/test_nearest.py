from weather.stations import nearest


def test_the_brocken_is_near_goslar():
    assert nearest(51.9, 10.4)["name"] == "Brocken"
