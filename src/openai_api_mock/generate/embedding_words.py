"""Words that mean little, and words that mean alike: what makes similarity more than spelling. Plain data.

A retrieval test asks "How do I get my money back?" and wants the text about refunds. No model is at hand, so a small
thesaurus of what such tests are about stands in: words of one line share a feature, others share only their letters.
"""

from __future__ import annotations

MEANING_LITTLE = """
a about above after again against all also am an and any are aren't as at be because been before being below between
both but by can can't cannot could couldn't did didn't do does doesn't doing don't down during each every few for from
further get gets got had has hasn't have haven't having he her here hers herself him himself his how i i'd i'll i'm i've
if in into is isn't it it's its itself just let like made make makes many may me might more most much must my myself no
nor not of off on once one only or other our ours out over own please put said same say says shall she should so some
such take takes tell than that that's the their theirs them themselves then there there's these they this those through
to too took under until up upon us use used uses very want wants was wasn't we we're were what what's when where which
while who whom whose why will with without won't would you you'll you're your yours yourself
"""

MEANING_ALIKE = """
account profile login signin username credentials user
animal pet creature wildlife cat dog horse rabbit
answer reply response respond solution
arrive arrival reach come
bank banking loan mortgage deposit savings
begin start launch initiate commence open
big large huge enormous giant great massive
bike bicycle cycling cyclist
bird birds eagle sparrow parrot owl
boat ship vessel sail sailing ferry yacht
body muscle bone arm leg skin
book novel story literature reading read author writer library
boss manager supervisor executive director chief
bread bake baking dough flour yeast oven loaf
broken break damaged faulty defective failed fail failure fault crash
build construct assemble create construction
buy purchase order checkout shop shopping store
cancel terminate stop end quit unsubscribe
car cars automobile vehicle drive driving driver truck engine
cat cats kitten kitty feline
change modify edit update alter adjust
cheap affordable inexpensive budget discount bargain sale
child children kid kids baby toddler
city town urban village municipal
clean wash washing cleaning laundry soap
clothes clothing shirt dress trousers fashion wear jacket coat
cloud server hosting deploy deployment kubernetes docker container
coffee espresso latte tea caffeine
cold cool freezing chilly ice frozen winter snow
company business firm enterprise corporation startup
computer laptop pc desktop hardware machine
contract agreement terms policy legal
cook cooking recipe fry boil simmer kitchen chef dish
country nation state national
court judge law lawyer attorney lawsuit legal
crime criminal theft steal robbery police
customer client shopper buyer
data dataset database sql query table record
day daily today tomorrow yesterday
delete remove erase clear
deliver delivery ship shipping shipment parcel package courier arrive
doctor physician nurse clinic hospital medical medicine patient
dog dogs puppy puppies canine hound
drink drinks beverage juice water thirsty
earth planet world globe
eat eating meal lunch dinner breakfast supper
economy economic inflation market recession interest
election vote voter voting ballot candidate parliament president politics government
email mail message inbox letter
employee staff worker job work career employment
energy electricity power solar battery
error bug exception traceback stacktrace issue problem defect
exam test quiz assessment
exercise workout gym fitness training run running jog
factory manufacture industry industrial
family mother father parent parents sister brother son daughter
farm farmer crop harvest agriculture field
fast quick quickly rapid rapidly speed swift speedy
film movie movies cinema actor director scene
fish fishing salmon trout ocean sea
flight airplane plane airport airline pilot fly
food ingredients tasty delicious cuisine
football soccer goal match team striker league player
forest tree trees wood woods leaf
friend friends buddy pal companion
fruit apple banana orange berry
function method procedure subroutine code coding program programming programmer developer software python javascript
garden gardening plant plants flower flowers soil seeds
gift present donate donation
gold silver metal iron steel copper
good excellent great fine nice wonderful superb
guitar piano violin instrument band
happy glad joyful cheerful pleased delighted
health healthy wellness disease illness ill sick symptom fever flu pain headache
help assist support aid assistance
holiday vacation travel trip journey tourism tourist
home house apartment flat residence
hot warm heat heating summer
hotel hostel accommodation room reservation booking
image picture photo photograph camera
internet web website online network wifi
invoice bill billing charge receipt payment pay paid
king queen prince royal monarch
language english french spanish translation translate
learn study student school teacher education university class lesson teach
light lamp bright sun sunny sunlight
make produce manufacture
map route direction navigation
math mathematics algebra equation geometry calculus arithmetic
meat beef chicken pork steak
meet meeting conference appointment schedule calendar
model neural network training machine learning ai
money cash currency dollar euro finance financial
mountain hill peak climb climbing hike hiking summit
music song songs melody concert orchestra symphony singer album
near close nearby adjacent
new novel modern recent latest fresh
night evening dark midnight
old ancient elderly aged
paint painting painter art artist museum gallery sculpture
password passcode pin passphrase login credentials
phone mobile smartphone telephone call
physics quantum particle atom electron
poor poverty needy
price cost fee expense expensive rate
rain rainy storm shower thunder cloudy weather forecast wind
refund reimburse reimbursement reimbursed return returns returned money
repair fix mend maintenance restore
reset recover recovery forgot forgotten restore
rich wealthy wealth affluent
river lake stream water
road street highway motorway traffic
sad unhappy upset miserable sorrow
safe secure security protect protection encryption
science scientist research researcher experiment laboratory
see look watch view observe
sell seller vendor sale retail
show display present demonstrate
small little tiny miniature
space rocket astronaut orbit satellite moon mars nasa galaxy telescope star stars planet planets astronomy
sport sports athlete athletic tournament championship olympic
stock stocks share shares invest investor investment portfolio trading
subscription plan subscribe membership renewal
sugar sweet dessert cake chocolate cookie
tax taxes irs deduction
tennis racket racquet serve wimbledon
train railway rail station
vegetable vegetables vegan vegetarian salad tomato carrot
video clip footage streaming
walk walking stroll
war army soldier military battle weapon
wine beer alcohol vodka
winner win won victory champion
write writing wrote essay
"""
