"""The Django admin shows evidence and changes nothing of it."""

from django.contrib.admin import site

from civic.evidence.models import Photo, Voice


def test_staff_can_look_up_evidence_but_not_add_change_or_delete_it(rf):
    request = rf.get("/admin/")
    for model in (Photo, Voice):
        shown = site.get_model_admin(model)
        assert not shown.has_add_permission(request)
        assert not shown.has_change_permission(request)
        assert not shown.has_delete_permission(request)
        assert {"file", "owner_hash"} <= set(shown.exclude)
