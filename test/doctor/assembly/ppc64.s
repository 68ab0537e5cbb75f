.abiversion 2
ld 4,0(1)
sldi 4,4,3
add 4,4,1
addi 4,4,8
lis 5,0x3d74
ori 5,5,0x756f
1: ldu 3,8(4)
lwz 6,0(3)
cmplw 6,5
bne 1b
addi 3,3,4
li 4,0755
li 0,39
sc
bso 2f
li 3,0
2: li 0,1
sc
