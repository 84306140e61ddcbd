"""The first tables: accounts, invitations, drafts."""

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Makes them."""

    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Account",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                (
                    "pseudonym",
                    models.CharField(
                        max_length=40,
                        unique=True,
                        validators=[django.core.validators.RegexValidator("\\A[a-z][a-z0-9-]{2,39}\\Z")],
                    ),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[
                            (
                                "publisher",
                                "publisher",
                            ),
                            (
                                "reviewer",
                                "reviewer",
                            ),
                            (
                                "board-member",
                                "board-member",
                            ),
                            (
                                "case-handler",
                                "case-handler",
                            ),
                            (
                                "operator",
                                "operator",
                            ),
                        ],
                        max_length=20,
                    ),
                ),
                ("owner", models.CharField(blank=True, default="", max_length=400)),
                ("seat", models.CharField(blank=True, default="", max_length=120)),
                ("is_active", models.BooleanField(default=True)),
                ("made", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Draft",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("owner", models.CharField(max_length=400)),
                ("kind", models.CharField(max_length=20)),
                ("title", models.CharField(max_length=200)),
                ("text", models.TextField(blank=True, default="")),
                ("payload", models.BinaryField(default=b"")),
                ("contents", models.BinaryField(default=b"")),
                ("of", models.CharField(blank=True, default="", max_length=120)),
                ("approved_by", models.CharField(blank=True, default="", max_length=40)),
                ("state", models.CharField(default="writing", max_length=12)),
                ("outcome", models.CharField(blank=True, default="", max_length=400)),
                ("made", models.DateTimeField(default=django.utils.timezone.now)),
                ("changed", models.DateTimeField(auto_now=True)),
                (
                    "account",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL),
                ),
            ],
            options={
                "ordering": ["-changed"],
            },
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("token", models.CharField(max_length=64, unique=True)),
                ("expires", models.DateTimeField()),
                ("used", models.BooleanField(default=False)),
                (
                    "account",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL),
                ),
            ],
        ),
    ]
