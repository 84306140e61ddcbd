"""Lists of codes that several types share. In lists of stages the weakest comes first."""

from __future__ import annotations

CLIENT_STAGES = {
    "potential": "potential: somebody concluded that it may be a client",
    "reported": "reported: a named source says that it is or was a client",
    "confirmed": "confirmed by the client, the vendor, a court or an official document",
}
"""How firmly somebody is known to be a client."""

TARGET_STAGES = {
    "selected": "selected: put on a list of people of interest",
    "targeted": "targeted: an attempt at infection was made",
    "infected": "infected: an infection was proven",
}
"""How far an attack on a person went."""

TARGET_CATEGORIES = {
    "journalist": "journalists and others who work in the media",
    "human-rights-defender": "human rights defenders",
    "activist": "activists and protesters",
    "lawyer": "lawyers",
    "judge": "judges and prosecutors",
    "opposition": "members of the opposition",
    "politician": "politicians and elected representatives",
    "official": "officials and members of a government",
    "diplomat": "diplomats and international staff",
    "academic": "academics and researchers",
    "health": "people who work in health care",
    "clergy": "clergy and religious people",
    "trade-unionist": "trade unionists",
    "business": "business people",
    "dissident": "dissidents and exiles",
    "relative": "relatives and friends of those concerned",
    "other": "others",
    "not-published": "not published, to protect those concerned",
}
"""Whom an attack concerned, as a group: never a name."""

TECHNOLOGY = {
    "intrusion": "breaking into phones or computers (spyware)",
    "exploit": "ways into software sold to others",
    "interception-mobile": "interception of mobile phones over the air (IMSI catchers)",
    "interception-network": "interception in telephone and internet networks",
    "signalling": "locating and intercepting through signalling networks (SS7, Diameter)",
    "monitoring-centre": "systems in which intercepted communication is collected and read",
    "lawful-interception": "equipment by which operators hand communication to authorities",
    "deep-packet-inspection": "reading and blocking traffic inside networks",
    "internet-filtering": "blocking of internet content",
    "forensics": "extraction of data from seized devices",
    "location": "tracking of places and movements",
    "licence-plates": "reading and storing licence plates",
    "biometrics": "recognition of faces, voices, fingers or gait",
    "video": "cameras and their analysis",
    "audio": "recording and analysis of speech",
    "open-source": "collection from social media and the open internet",
    "analysis": "linking and analysis of data about people",
    "malvertising": "infection or tracking through advertisements",
    "equipment": "telecommunications or video equipment that a regulator restricts",
    "other": "other",
}
"""What the technology does."""

INTERESTS = {
    "shareholding": "holds shares",
    "votingRights": "holds voting rights",
    "appointmentOfBoard": "appoints the board",
    "otherInfluenceOrControl": "influences or controls it otherwise",
    "seniorManagingOfficial": "is its senior managing official",
    "settlor": "settlor of the trust",
    "trustee": "trustee",
    "protector": "protector of the trust",
    "beneficiaryOfLegalArrangement": "beneficiary of the arrangement",
    "rightsToSurplusAssetsOnDissolution": "has a right to what is left on dissolution",
    "rightsToProfitOrIncome": "has a right to profit or income",
    "rightsGrantedByContract": "has rights by contract",
    "conditionalRightsGrantedByContract": "has conditional rights by contract",
    "controlViaCompanyRulesOrArticles": "controls it by its articles",
    "controlByLegalFramework": "controls it by law",
    "boardMember": "member of the board",
    "boardChair": "chair of the board",
    "unknownInterest": "has an interest of unknown kind",
    "unpublishedInterest": "has an interest whose kind is not published",
    "enjoymentAndUseOfAssets": "uses its assets",
    "rightToProfitOrIncomeFromAssets": "has a right to income from its assets",
    "nominee": "acts on behalf of another (nominee)",
    "nominator": "lets another act on its behalf (nominator)",
}
"""Kinds of interest: the codes of the Beneficial Ownership Data Standard 0.4, in words of our own."""

UNSPECIFIED = {
    "noBeneficialOwners": "there is no beneficial owner",
    "subjectUnableToConfirmOrIdentifyBeneficialOwner": "the company could not confirm or find out who it is",
    "interestedPartyHasNotProvidedInformation": "the owner has not given the information",
    "subjectExemptFromDisclosure": "the company need not disclose it",
    "interestedPartyExemptFromDisclosure": "the owner need not be disclosed",
    "unknown": "unknown, and the reason is unknown",
    "informationUnknownToPublisher": "whoever published this does not know",
}
"""Why an owner is not named: codes of the same standard. An unknown owner is data, not a gap."""

LICENCE_STATUS = {
    "applied": "applied for",
    "granted": "granted",
    "refused": "refused",
    "suspended": "suspended",
    "revoked": "revoked",
    "expired": "expired",
    "withdrawn": "withdrawn by the applicant",
    "surrendered": "given back by the licensee",
}
"""Where a licence stands."""

DEMANDS = {
    "a": "(a) moratorium",
    "b": "(b) investigations and licences",
    "c": "(c) human rights due diligence",
    "d": "(d) registration and transparency",
    "e": "(e) responsibility and liability",
    "f": "(f) contracts and requests for information",
    "g": "(g) oversight bodies for companies",
    "h": "(h) community boards",
    "i": "(i) remedy",
    "j": "(j) conditions for lifting the moratorium",
    "k": "(k) exchanges and financial regulators",
    "l": "(l) strong encryption",
}
"""The demands of the open letter of July 2021."""
