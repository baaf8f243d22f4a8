"""SQL that chooses a user by an event's four ids; `0008_profiles.sql` does the same in the view.

The first id that means a user directly wins; one that only its profile resolves comes after all of them.
"""

from __future__ import annotations

USER = """
coalesce(
    CASE WHEN i1.resolution <> 'profile' THEN i1.user_id END, CASE WHEN i2.resolution <> 'profile' THEN i2.user_id END,
    CASE WHEN i3.resolution <> 'profile' THEN i3.user_id END, CASE WHEN i4.resolution <> 'profile' THEN i4.user_id END,
    i1.user_id, i2.user_id, i3.user_id, i4.user_id
)
"""
RESOLUTION = """
CASE
    WHEN i1.user_id IS NOT NULL AND i1.resolution <> 'profile' THEN i1.resolution
    WHEN i2.user_id IS NOT NULL AND i2.resolution <> 'profile' THEN i2.resolution
    WHEN i3.user_id IS NOT NULL AND i3.resolution <> 'profile' THEN i3.resolution
    WHEN i4.user_id IS NOT NULL AND i4.resolution <> 'profile' THEN i4.resolution
    WHEN coalesce(i1.user_id, i2.user_id, i3.user_id, i4.user_id) IS NOT NULL THEN 'profile'
    WHEN 'ambiguous' IN (i1.resolution, i2.resolution, i3.resolution, i4.resolution) THEN 'ambiguous'
    ELSE coalesce(i1.resolution, i2.resolution, i3.resolution, i4.resolution, 'unknown')
END
"""
CANDIDATES = "greatest(i1.candidates, i2.candidates, i3.candidates, i4.candidates, 0)"
