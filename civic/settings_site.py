"""Settings of the house: what it is called, who runs it, whom to phone. Every city sets its own."""

from civic import env

SITE_NAME = env.read("SITE_NAME", "禾溪市邻里互助", "name of the service in Chinese")
SITE_NAME_EN = env.read("SITE_NAME_EN", "Hexi Neighbours", "name of the service in English")
SITE_MARK = env.read("SITE_MARK", "邻", "the one character in the red square")
SITE_OWNER = env.read("SITE_OWNER", "禾溪市新时代文明实践中心", "who runs the service, in Chinese")
SITE_OWNER_EN = env.read("SITE_OWNER_EN", "Hexi Civic Practice Centre", "who runs the service, in English")
SITE_DESK_PHONE = env.read("SITE_DESK_PHONE", "8888-1212", "phone of the desk where no area has its own")
SITE_ICP = env.read("SITE_ICP", "", "ICP filing number shown in the footer")
