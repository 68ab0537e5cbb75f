.option norvc
ld a1,0(sp)
slli a1,a1,3
add a1,a1,sp
li a3,0x3d74756f
1: ld a2,16(a1)
addi a1,a1,8
lwu a4,0(a2)
bne a4,a3,1b
addi a1,a2,4
li a0,-100
li a2,0755
li a7,34
ecall
neg a0,a0
li a7,93
ecall
