"""The API's reference page needs nothing from elsewhere: this is an exchange on a laptop."""

import re

from tests.live import live


async def test_the_reference_asks_no_other_host_for_anything(tmp_path):
    async with live(tmp_path) as venue:
        home = await venue.public.get(venue.url + "/")
        assert (home.status_code, home.headers["location"]) == (307, "/docs")
        page = (await venue.public.get(venue.url + "/docs")).text
        assets = re.findall(r'(?:src|href)="([^"]+)"', page)
        assert assets
        for asset in assets:
            assert asset.startswith("/"), asset
            assert (await venue.public.get(venue.url + asset)).status_code == 200
